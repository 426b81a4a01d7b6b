"""Product files into their tables. A later file of products puts them right; net values and plans stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select as select_rows
from sqlmodel import select

from kit.bulk import Row
from kit.imports.result import Refused
from kit.imports.rows import Cells, Counts
from kit.money import SCALE
from market.intake import MarketIntake
from market.products.imports import TERMS, component_line, nav_line, plan_line, product_code, product_line
from market.products.tables import ComponentRow, NavRow, PricePlanRow, ProductRow
from market.products.types import FACTORS, ProductKind

_WHOLE: Final = SCALE // 1_000  # weights of one day add up to 1 within a thousandth


class ProductIntake(MarketIntake):
    """Products and services by code."""

    NEVER_EMPTY: Final[Mapping[str, Any]] = {"currency": "CNY", "lockup_days": 0, "leads_to": "", "complex": False}
    OWN = ("name", "kind", "issuer", *(factor.value for factor in FACTORS), *TERMS)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("product", ProductRow, ("code", *self.OWN), ("code",))
        self._seen: dict[str, tuple[int, Row]] = {}
        asked = (ProductRow.code, *(getattr(ProductRow, name) for name in self.NEVER_EMPTY))
        rows = self.session.execute(select_rows(*asked))
        self._known = {code: dict(zip(self.NEVER_EMPTY, told, strict=True)) for code, *told in rows}

    def row(self, cells: Cells) -> None:
        line = product_line(cells)
        held = self._known.get(line.code)
        told = {name: getattr(line, name) for name in TERMS}
        otherwise = self.NEVER_EMPTY if held is None else held
        terms = (otherwise.get(name) if value is None else value for name, value in told.items())
        values = (line.name, line.kind.value, line.issuer, *line.factors, *terms)
        first = self._seen.setdefault(line.code, (cells.line, values))
        if first[1] != values:
            raise Refused("product_code", line.code, f"与第 {first[0]} 行同一产品而内容不同")
        made_of_others = line.kind.is_service or line.kind is ProductKind.PORTFOLIO
        if line.factors[0] is None and held is None and not made_of_others:
            self.remarks.note("产品没有给出十项因素，暂不能评级", cells.line)
        self.put("product", cells.line, line.code, *values)

    def settle(self) -> Counts:
        stage = self._stages["product"]
        changed = stage.update(self.OWN)
        new = stage.insert()
        known = stage.staged - new - changed
        stage.drop()
        return Counts(new, changed, known)


class OfProductIntake(MarketIntake):
    """Rows that belong to a product on file."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._ids = dict(self.session.exec(select(ProductRow.code, ProductRow.id)).all())

    def id_of_product(self, cells: Cells) -> int:
        """Raises Refused for a code that is not on file."""
        code = product_code(cells)
        found = self._ids.get(code)
        if found is None:
            raise Refused("product_code", code, "没有这个产品；请先导入产品")
        return found


class NavIntake(OfProductIntake):
    """Net values by product and day."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        key = ("product_id", "day")
        self.stage("nav", NavRow, (*key, "nav", "accumulated_nav"), key)

    def row(self, cells: Cells) -> None:
        line = nav_line(cells)
        self.put("nav", cells.line, self.id_of_product(cells), line.day, line.nav, line.accumulated)

    def settle(self) -> Counts:
        return self.insert("nav", ("nav", "accumulated_nav"), "nav")


class ComponentIntake(OfProductIntake):
    """Components of portfolio products; those of one product and day must be the whole."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        key = ("product_id", "valid_from", "component_code")
        self.stage("component", ComponentRow, (*key, "weight"), key)
        self._sums: dict[tuple[str, str], int] = defaultdict(int)

    def row(self, cells: Cells) -> None:
        line = component_line(cells)
        product = self.id_of_product(cells)
        self._sums[line.code, line.valid_from.isoformat()] += line.weight
        self.put("component", cells.line, product, line.valid_from, line.component, line.weight)

    def settle(self) -> Counts:
        for (code, day), whole in self._sums.items():
            if abs(whole - SCALE) > _WHOLE:
                self.remarks.note(f"{code} 自 {day} 的权重合计 {whole / SCALE:.4f}，应为 1；评级前须补齐")
        return self.insert("component", ("weight",), "weight")


class PricePlanIntake(OfProductIntake):
    """Price plans of services, one row a tier."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._key = ("product_id", "plan_code", "floor", "valid_from")
        self._rest = ("name", "basis", "price", "unit", "signal", "valid_to")
        self.stage("plan", PricePlanRow, (*self._key, *self._rest), self._key)

    def row(self, cells: Cells) -> None:
        line = plan_line(cells)
        self.put(
            "plan", cells.line, self.id_of_product(cells), line.plan_code, line.floor, line.valid_from, line.name,
            line.basis.value, line.price, line.unit.value, line.signal.value, line.valid_to,
        )

    def settle(self) -> Counts:
        return self.insert("plan", self._rest, "price")


PRODUCT_INTAKES: dict[str, type[MarketIntake]] = {
    "products": ProductIntake,
    "navs": NavIntake,
    "components": ComponentIntake,
    "price_plans": PricePlanIntake,
}
