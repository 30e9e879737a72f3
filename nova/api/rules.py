"""oslo.policy's enforcer, made for many questions a second.

The library looks for changed policy files, walks through all rules and inspects
the signature of every check at every question.  Here files are looked at now and
then, and what was decided is remembered until a file changed: an answer depends
on nothing but the rule, the caller and the target, unless an operator's rule asks
somebody else (http:), in which case nothing is remembered.
"""

from collections.abc import Callable, Hashable
from typing import Any

from oslo_config import cfg
from oslo_policy import _checks as checks
from oslo_policy import policy as oslo

# Seconds after which a changed policy file is heeded at the latest.
LOOK_EVERY = 1.0
# Decisions remembered; a caller makes about twenty.
MOST = 20_000

_PURE = (
    checks.TrueCheck, checks.FalseCheck, checks.RuleCheck, checks.RoleCheck, checks.GenericCheck,
)
_COMPOSED = (checks.AndCheck, checks.OrCheck)


class Rules(oslo.Enforcer):
    """`monotonic` tells seconds; None: look at the files at every question."""

    def __init__(self, conf: cfg.ConfigOpts, monotonic: Callable[[], float] | None = None) -> None:
        super().__init__(conf)
        self._monotonic = monotonic
        self._look_at = float("-inf")
        self._decided: dict[Hashable, bool] = {}
        self._changed = self._remember = False

    def decide(self, rule: str, target: dict[str, Any], caller: dict[str, Any]) -> bool:
        """As `authorize`; `caller` has hashable values (tuples of roles)."""
        self.load_rules()
        decided = self._decided
        key = (rule, tuple(caller.values()), tuple(target.items()))
        try:
            known = decided.get(key)
        except TypeError:
            return self._ask(rule, target, caller)
        if known is None:
            known = self._ask(rule, target, caller)
            self._keep(decided, key, known)
        return known

    def load_rules(self, force_reload: bool = False) -> None:
        now = self._monotonic() if self._monotonic else None
        if not force_reload and now is not None and now < self._look_at:
            return
        super().load_rules(force_reload)
        if self._changed or not self._decided:
            self._forget()
        self._look_at = float("-inf") if now is None else now + LOOK_EVERY

    def set_rules(self, *arguments: Any, **options: Any) -> None:
        super().set_rules(*arguments, **options)
        self._changed = True

    def _forget(self) -> None:
        """Whoever decides meanwhile, by rules that were read in part, remembers it in
        what is thrown away here."""
        self._changed = False
        self._remember = all(_is_pure(check) for check in self.rules.values())
        self._decided = {}

    def _ask(self, rule: str, target: dict[str, Any], caller: dict[str, Any]) -> bool:
        told = {k: list(v) if isinstance(v, tuple) else v for k, v in caller.items()}
        try:
            return bool(self.authorize(rule, target, told))
        except oslo.InvalidScope:
            return False

    def _keep(self, decided: dict[Hashable, bool], key: Hashable, decision: bool) -> None:
        if not self._remember:
            return
        if len(decided) >= MOST:
            decided.clear()
        decided[key] = decision


def _is_pure(check: object) -> bool:
    """Whether it looks at nothing but rules, caller and target."""
    if isinstance(check, _COMPOSED):
        return all(_is_pure(part) for part in check.rules)
    if isinstance(check, checks.NotCheck):
        return _is_pure(check.rule)
    return type(check) in _PURE
