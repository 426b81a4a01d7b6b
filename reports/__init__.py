"""What people read: report as data first, then HTML, PDF, JSON, Excel."""
