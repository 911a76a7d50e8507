"""Report of a router's quality, as text: confusion matrix, figures, and rows for languages and kinds."""

from __future__ import annotations

from collections.abc import Sequence

from ..corpus import ROUTES
from .evaluate import RoutedEntry, auc, calibration, f1, false_skeletons, macro_f1


def report(name: str, decisions: Sequence[RoutedEntry]) -> str:
    """Format all figures of a router as text."""
    right = sum(d.right for d in decisions)
    lines = [f"{name}: {right} of {len(decisions)} right ({right / len(decisions):.1%})", ""]
    lines.append(f"{'label':>10} | " + " ".join(f"{route:>9}" for route in ROUTES) + "   <- routed to")
    for label in ROUTES:
        own = [d for d in decisions if d.entry.route == label]
        counts = [sum(d.route.strategy == route for d in own) for route in ROUTES]
        lines.append(f"{label:>10} | " + " ".join(f"{count:9}" for count in counts))
    lines.append("")
    for label in ROUTES:
        precision, recall, both = f1(decisions, label)
        lines.append(f"{label:>10} | precision {precision:.3f}  recall {recall:.3f}  F1 {both:.3f}")
    area = auc(decisions)
    error, bins = calibration(decisions)
    times = sorted(d.seconds * 1000 for d in decisions)
    lines += [
        "",
        f"macro-F1 {macro_f1(decisions):.3f}",
        f"AUC of skeleton against the rest {'unknown' if area is None else f'{area:.3f}'}",
        f"false skeletons: {false_skeletons(decisions, 'normal'):.1%} of normal, "
        f"{false_skeletons(decisions, 'cot'):.1%} of cot",
        f"expected calibration error {error:.3f}; confidence -> share right (questions): "
        + ", ".join(f"{mean:.2f} -> {share:.2f} ({count})" for mean, share, count in bins),
        f"milliseconds a question: median {times[len(times) // 2]:.2f}, most {times[-1]:.2f}",
    ]
    return "\n".join(lines)


def rows(decisions: Sequence[RoutedEntry]) -> str:
    """Format a row for every language, for first questions and follow-ups, and for every kind of question.

    Follow-ups are parted by whether their label is the route of the question before ("same") or not.

    Of a kind with one label only the share that was routed right says something; the other columns say where
    the rest went.
    """
    lines: list[str] = []
    for title, key in (("language", _language), ("turn", _turn), ("kind", _kind)):
        names = sorted({key(d) for d in decisions} - {""})
        if not names:
            continue
        lines += [
            "",
            f"{title:>16} | {'questions':>9} {'right':>6} {'macro-F1':>8} | routed to " + " ".join(ROUTES),
        ]
        for name in names:
            own = [d for d in decisions if key(d) == name]
            right = sum(d.right for d in own) / len(own)
            mixed = len({d.entry.route for d in own}) > 1
            quality = f"{macro_f1(own):8.3f}" if mixed else " " * 8
            counts = "  ".join(str(sum(d.route.strategy == route for d in own)) for route in ROUTES)
            lines.append(f"{name:>16} | {len(own):9} {right:6.1%} {quality} | {counts}")
    return "\n".join(lines).lstrip("\n")


def _language(decision: RoutedEntry) -> str:
    return decision.entry.language


def _kind(decision: RoutedEntry) -> str:
    return decision.entry.category


def _turn(decision: RoutedEntry) -> str:
    """Return what a turn is; a follow-up that keeps its task and is not routed right is a flip."""
    if decision.before is None:
        return "first question"
    return "follow-up, same" if decision.before == decision.entry.route else "follow-up, other"
