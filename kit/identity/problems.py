"""Expected refusals of identity. None of them says whether a user exists to someone who may not know."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NotSignedIn(Problem):
    """未登录，或登录已失效"""

    status = 401
    title = "Not signed in"


class PasswordMustChange(Problem):
    """须先修改管理员设置的口令"""

    status = 403
    title = "Password must change"


class SignInRefused(Problem):
    """登录未成功"""

    status = 401
    title = "Sign-in refused"


class TokenRefused(Problem):
    """令牌无效、已用过或已失效"""

    status = 401
    title = "Token refused"


class WeakPassword(BadInput):
    """口令不符合要求"""

    title = "Weak password"


class BadUser(BadInput):
    """用户名、角色或主体不符合要求"""

    title = "Bad user"


class UnknownUser(NotFound):
    """没有这个用户"""

    title = "Unknown user"


class UnknownSession(NotFound):
    """没有这个登录会话"""

    title = "Unknown session"


class UserTaken(Conflict):
    """用户名或主体已被使用"""

    title = "User taken"


class UserChanged(Problem):
    """用户在此期间被修改"""

    status = 412
    title = "User changed"


class OwnRights(Conflict):
    """不得修改自己的权限"""

    title = "Own rights"


class LastAdministrator(Conflict):
    """最后一个管理员"""

    title = "Last administrator"


class UsersExist(Conflict):
    """已有用户，须登录后操作"""

    title = "Users exist"


class UnsafeSecrets(Problem):
    """密钥缺失、过短或为示例值"""

    status = 500
    title = "Unsafe secrets"
