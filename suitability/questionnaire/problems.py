"""What is refused about questionnaires and answers to them, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class QuestionnaireMalformed(BadInput):
    """问卷内容有误"""

    title = "Questionnaire malformed"


class QuestionnaireNotPublishable(BadInput):
    """问卷不能发布"""

    title = "Questionnaire not publishable"


class NoSuchQuestionnaire(NotFound):
    """没有这个问卷版本"""

    title = "No such questionnaire"


class QuestionnaireRetired(Conflict):
    """问卷版本已停用"""

    title = "Questionnaire version retired"


class QuestionnaireNotPublished(Conflict):
    """问卷版本尚未发布"""

    title = "Questionnaire version not published"


class QuestionnaireFixed(Conflict):
    """已发布的问卷版本不能修改"""

    title = "Published questionnaire never changes"


class OptionRefused(BadInput):
    """答案不在题目的选项之内"""

    title = "Option refused"


class NotAsked(BadInput):
    """这道题现在不问"""

    title = "Question not asked"


class AnswersIncomplete(Conflict):
    """还有题目没有回答"""

    title = "Answers incomplete"


class ScoreOutsideBands(BadInput):
    """分数不在任何等级的分数段内"""

    title = "Score outside the bands"
