"""问卷: published versions that never change, the next question, the score, and what a form can say at all."""
