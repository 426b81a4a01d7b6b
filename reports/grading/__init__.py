"""客户分类分级报告 and 《客户质量等级评估表》: as data first, then HTML, PDF, Excel."""
