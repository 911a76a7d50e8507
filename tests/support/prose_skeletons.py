"""Texts that a model writes in place of a skeleton, and lists that look a little like them."""

from __future__ import annotations

# An essay, the characters and the words and marks of it after which it is known to be none.
ESSAYS: dict[str, tuple[str, int, int]] = {
    "long sentences": (
        "Bicycles last for decades when their owners look after them every week. A few minutes are enough, "
        "and most of the work needs no tools at all. Start with the chain, which wants oil after every ride "
        "in the rain.\n\nThe tyres come next, since soft tyres wear out fast and make every ride harder. "
        "Pump them once a week and look for cuts while you are at it. Brakes are last.",
        188,
        42,
    ),
    "a short first sentence": (
        "Bicycles are a great way to get around. They need regular care to stay safe, and most of that care "
        "takes a few minutes a week. Start with the chain, which wants oil after every ride in the rain. The "
        "tyres come next, since soft tyres wear out fast and make every ride harder. Pump them once a week.",
        188,
        44,
    ),
    "a refusal": (
        "I'm sorry, but I can't help with that request because it may be harmful to others. If you have "
        "another question about bicycles, their parts or their history, I would be glad to help you with it. "
        "Please let me know what you would like to read about instead.",
        180,
        44,
    ),
    "one endless sentence": (
        "To keep a bicycle in good shape you should look at the chain and the tyres and the brakes "
        "every week "
        "or so and then clean whatever is dirty and oil whatever squeaks and pump whatever is soft "
        "before you "
        "ride it again the next morning in the rain or in the sun with your friends or all alone.",
        170,
        37,
    ),
    "a question back": (
        "Could you tell me what kind of bicycle you have and how often you ride it? The answer depends on "
        "whether it stands outside in the rain and on the way it is used. A racing bicycle wants more care.",
        162,
        38,
    ),
    "German": (
        "Ein Fahrrad hält viele Jahre, wenn man sich jede Woche einige Minuten lang darum kümmert. Die Kette "
        "braucht nach jeder Fahrt im Regen etwas Öl, und die Reifen sollten immer genug Luft haben. Am Ende "
        "kommen die Bremsen an die Reihe, deren Beläge sich mit der Zeit abnutzen.",
        181,
        37,
    ),
    "Japanese": (
        "自転車を長く使うには、毎週の手入れが何よりも大切であ"
        "り、それほど時間はかかりません。まずチェーンを見て、"
        "雨の日に乗った後には必ず油をさしてください。次にタ"
        "イヤの空気を確かめ、傷がないかも見ておきましょう。"
        "最後にブレーキの効き具合を試し、古くなったゴムは早めに取り替えると安心です。",
        107,
        106,
    ),
}

_WORDY = "a title of many words that a model wrote although it was asked for only a few of them"

LISTS: tuple[str, ...] = (
    "1. Introduce the topic of bicycle care and explain why it matters for everyone. Define key terms.\n"
    "2. Discuss the chain. Cite tests.",
    "1. Mettre en place un plan d'entretien clair et réaliste pour toute la famille. Définir les étapes.\n"
    "2. Gonfler les pneus.",
    "1. Einführung in das Thema Fahrradpflege und Erklärung der wichtigsten Begriffe für Laien. Warum?\n"
    "2. Kette ölen",
    "1. Establecer un horario fijo para cuidar la bicicleta todas las semanas: la cadena, los frenos y todo "
    "lo que se mueve, con aceite y con un trapo seco. Incluye también las ruedas.\n2. Inflar",
    "1. The historical background of bicycles in the Middle East: This point covers how they came there and "
    "explains what became of them for all those who rode to work. It is long.\n2. Now",
    "1. Clean chain → oil it after every ride that you took in the rain and wipe it dry first with a cloth "
    "that you do not need any more, then use little oil. Use none on dry days.\n2. Tyres",
    "First, here is a concise outline of the main points that we will be covering today. It is ordered.\n\n"
    "1. Chain\n2. Tyres",
    "🌟 Here is the outline that covers the whole question in a clear and structured manner. Let's dive in!"
    "\n\n1. Chain\n2. Tyres",
    "1. Clean chain\n2. Firm tyres\n3. Good brakes",
    "1. Clean chain: Oil it after every ride in the rain. Wipe it dry first. Use little oil.\n"
    "2. Firm tyres: Pump",
    "1. **Clean chain** Oil it after every single ride that you took in the rain. Wipe it dry first, with a "
    "cloth that you do not need any more. Use little oil.\n2. **Firm tyres** Pump",
    "1. **Clean chain**: " + "Oil it after every ride in the rain. " * 12 + "\n2. **Firm tyres**: Pump",
    "1. Clean chain. Oil it after every ride in the rain. Wipe it dry first. Use little oil, and "
    "none on a dry "
    "day. A drop for each link will do, and the rest should be wiped off with a dry cloth.\n"
    "2. Firm tyres. Pump",
    "1. Drink enough water every day. It keeps your body going and helps you think.\n"
    "2. Sleep well. Eight hours.",
    "1. When you begin something new, it helps to tie it to something that you do anyway.\n2. Start small.",
    f"1. This is {_WORDY}\n2. And this is another {_WORDY}",
    "1. Chain and gears | cleaning, oil after rain. Wear and when to replace it. The tools for it "
    "(needs none)\n"
    "2. Tyres | pressure and cuts",
    "1. Cleaning (remove the dirt and the sand from the chain once every month. Use a brush)\n2. Oiling",
    "1. Regular cleaning of all the parts that move – the chain, the gears. They wear out.\n2. Oil",
    "1. Dr. Smith's method of keeping a bicycle chain clean for a year or so, i.e. Wax instead of oil\n"
    "2. Oil",
    "Sure, I would be happy to help you with an outline of an answer to this question! Here is the "
    "skeleton:\n\n"
    "1. Clean chain\n2. Firm tyres",
    "1. Clean chain 2. Firm tyres 3. Good brakes. A bell that can be heard from far away. 4. Lights",
    "1. チェーンの清掃：雨の日に乗った後には必ず油をさしてください。ブラシも使ってください。\n"
    "2. タイヤの空気",
    "1. チェーンを清掃する。雨の日に乗った後には油をさしてください。\n2. タイヤの空気",
    "1. 毎週チェーンを清掃して、雨の日に乗った後には必ず油をさす。\n2. タイヤの空気を確かめる。",
    "1. Die Kette pflegen. Nach jeder Fahrt im Regen braucht sie etwas Öl. Am besten wöchentlich.\n"
    "2. Die Reifen",
    "- Clean chain\n  Oil it after every ride in the rain. Wipe it dry first, as water brings rust.\n"
    "- Firm tyres",
)
