"""Which units must move together: axes are made equal, cut and split, by union-find over terms."""

from collections.abc import Callable

from .terms import (
    MAX_PARTS,
    Part,
    Term,
    Units,
    factor_size,
    fresh,
    frozen,
    lone,
    movable,
    part_size,
    term_size,
    tidy,
)


class Solver:
    r"""Makes axes equal.

    Each step restricts the renumberings that remain to a subgroup, so that what was found before
    stays true. What cannot be written as a concatenation of products is frozen.

    Args:
        report (callable, optional): Called with units that are frozen although the network may
            have allowed them to move.
    """

    def __init__(self, report: Callable[[Units], None] | None = None) -> None:
        self._report = report
        self.loud = False  # Whether all that is frozen is reported.

    def resolve(self, term: Term) -> Term:
        r"""The axis in terms of units that are not bound."""
        return tidy([part for product in term for part in self._expand(product)])

    def _expand(self, product: Part) -> Term:
        rows: list[Part] = [()]
        for factor in product:
            if isinstance(factor, int) or factor.binding is None:
                rows = [(*row, factor) for row in rows]
                continue
            factor.binding = self.resolve(factor.binding)
            inner = factor.binding
            if len(inner) == 1:
                rows = [row + inner[0] for row in rows]
                continue
            # A product with a concatenation as its second factor: a copy for each first index.
            for row in rows:
                self.freeze(((row or (1,)),), lost=True)
            if sum(part_size(row) for row in rows) * len(inner) > MAX_PARTS:
                self.freeze(inner, lost=True)
                rows = [(*row, factor.size) for row in rows]
            else:
                rows = [part for row in rows for part in inner * part_size(row)]
        return tuple(rows)

    def freeze(self, term: Term, lost: bool = False) -> None:
        r"""Keeps an axis from moving.

        Args:
            term (Term): The axis.
            lost (bool, optional): Whether the network may have allowed it to move.
                (default: :obj:`False`)
        """
        for part in term:
            for factor in part:
                if isinstance(factor, Units):
                    if factor.binding is not None:
                        self.freeze(factor.binding, lost)
                    else:
                        if (lost or self.loud) and self._report is not None:
                            self._report(factor)
                        factor.binding = frozen(factor.size)

    def unify(self, x: Term, y: Term) -> Term:
        r"""Makes two axes of the same length equal, and returns what they are."""
        out = x
        assert term_size(x) == term_size(y), (x, y)
        x, y = self.resolve(x), self.resolve(y)
        while x != y:
            if not movable(x) or not movable(y):
                self.freeze(x)
                self.freeze(y)
            elif (units := lone(x)) is not None:
                units.binding = y
            elif (units := lone(y)) is not None:
                units.binding = x
            else:
                x, y = self._align(x, y)
                continue
            break
        return out

    def _align(self, x: Term, y: Term) -> tuple[Term, Term]:
        """Makes the first parts equal and returns the rest."""
        size = min(part_size(x[0]), part_size(y[0]))
        if part_size(x[0]) == part_size(y[0]) and not self._unify_parts(x[0], y[0]):
            return self.resolve(x), self.resolve(y)
        heads, tails = zip(*(self.cut(term, size) for term in (x, y)), strict=True)
        if part_size(x[0]) != part_size(y[0]):
            self.unify(*heads)
        return self.resolve(tails[0]), self.resolve(tails[1])

    def _unify_parts(self, p: Part, q: Part) -> bool:
        """Makes two products of equal size equal. False if they turned into concatenations."""
        while p and q:
            terms = self.resolve((p,)), self.resolve((q,))
            if max(map(len, terms)) > 1:
                return False
            p, q = terms[0][0], terms[1][0]
            x, y = p[0], q[0]
            if len(p) == 1 or len(q) == 1:
                single, other = (x, q) if len(p) == 1 else (y, p)
                if isinstance(single, int):
                    self.freeze((other,))
                elif other != (single,):
                    single.binding = (other,)
                return True
            a, b = factor_size(x), factor_size(y)
            if a == b:
                self.unify(((x,),), ((y,),))
                p, q = p[1:], q[1:]
            elif max(a, b) % min(a, b):
                self.freeze((p, q), lost=True)
                return True
            elif isinstance(x if a > b else y, int):  # Frozen rows meet the other factor.
                self.freeze(((y if a > b else x,),))
                p = (a // b, *p[1:]) if a > b else p[1:]
                q = q[1:] if a > b else (b // a, *q[1:])
            elif a > b:
                p = self._factored(p, b)
            else:
                q = self._factored(q, a)
        return True

    def _factored(self, part: Part, rows: int) -> Part:
        """A product whose first factor is a product of so many rows with the rest."""
        first, inner = part[0], factor_size(part[0]) // rows
        if isinstance(first, int):
            return (rows, inner, *part[1:])
        u, w = Units(rows), Units(inner)
        first.binding = ((u, w),)
        return (u, w, *part[1:])

    def cut(self, term: Term, size: int) -> tuple[Term, Term]:
        r"""The axis in two: the first units, so many, and the rest."""
        head: Term = ()
        term = self.resolve(term)
        while term:
            if size == 0:
                return head or frozen(0), term
            part, rest = term[0], term[1:]
            if part_size(part) <= size:
                head, term, size = (*head, part), rest, size - part_size(part)
                continue
            cut = self._cut_part(part, size)
            if cut is None:  # Units were bound.
                term = self.resolve(term)
                continue
            return head + cut[0], cut[1] + rest
        return head, frozen(0)

    def _cut_part(self, part: Part, size: int) -> tuple[Term, Term] | None:
        lead, inner = part[0], part[1:]
        step = part_size(inner)
        rows, extra = divmod(size, step)
        if isinstance(lead, Units):
            if extra:
                self.freeze(((lead,),), lost=True)
            else:
                lead.binding = fresh(rows) + fresh(lead.size - rows)
            return None
        head = ((rows, *inner),) if rows else ()
        tail = ((lead - rows - bool(extra), *inner),) if lead - rows - bool(extra) else ()
        if extra:
            before, after = self.cut((inner,), extra)
            return tidy(head + before), tidy(after + tail)
        return tidy(head), tidy(tail)

    def product(self, *terms: Term) -> Term:
        r"""The axis of several ones that are flattened, the last one running fastest."""
        out = frozen(1)
        for term in map(self.resolve, terms):
            if len(out) == 1:
                whole = Units(term_size(term)) if len(term) > 1 else None
                if whole is None:
                    out = self.resolve((out[0] + term[0],))
                else:
                    whole.binding = term
                    out = self.resolve(((*out[0], whole),))
            elif len(term) == 1:
                out = self.resolve(tuple(part + term[0] for part in out))
            else:
                whole = Units(term_size(term))
                whole.binding = term
                out = self.resolve(tuple((*part, whole) for part in out))
        return out

    def split(self, term: Term, rows: int) -> tuple[Term, Term]:
        r"""The two axes whose product is the axis, the first one of so many rows."""
        term = self.resolve(term)
        size = term_size(term)
        inner = size // rows
        if rows == 1:
            return frozen(1), term
        if inner == 1:
            return term, frozen(1)
        if not movable(term):
            return frozen(rows), frozen(inner)
        if len(term) == 1:
            return self._split_part(term[0], rows)
        if all(part_size(part) % inner == 0 for part in term):
            pairs = [self.split((part,), part_size(part) // inner) for part in term]
            for _, column in pairs[1:]:
                self.unify(pairs[0][1], column)
            return tidy([part for row, _ in pairs for part in row]), pairs[0][1]
        if rows <= MAX_PARTS:
            first, rest = self.cut(term, inner)
            for _ in range(rows - 1):
                line, rest = self.cut(rest, inner)
                self.unify(first, line)
            return frozen(rows), first
        self.freeze(term, lost=True)
        return frozen(rows), frozen(inner)

    def _split_part(self, part: Part, rows: int) -> tuple[Term, Term]:
        taken: Part = ()
        inner, need = part_size(part) // rows, rows
        rest = part
        while need > 1:
            size = factor_size(rest[0])
            if need % size == 0:
                taken, rest, need = (*taken, rest[0]), rest[1:], need // size
            elif size % need == 0:
                rest = self._factored(rest, need)
            else:
                self.freeze((part,), lost=True)
                return frozen(rows), frozen(inner)
        return tidy([taken]), tidy([rest])
