"""Flesch reading ease of what people read: README, guide, and the text of a report.

    pip install textstat==0.7.3          # later ones load a dictionary from the network
    python docs/readability.py README.md docs/*.md docs/example/report.html

Higher is easier: 60 to 70 is plain English, below 30 is hard to read. Code, tables, links' addresses
and figures do not count; a sentence ends with its line's end where it is a heading or an item.
"""

import html
import re
import sys

import textstat


def of_markdown(text: str) -> str:
    text = re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M)
    lines = []
    for line in text.splitlines():
        if line.startswith(("|", "    ", "![")):
            continue
        if re.match(r"(#+|[-*]|\d+\.) ", line) or not line.strip():
            lines.append("\n")
        lines.append(re.sub(r"^(#+|[-*]|\d+\.) ", "", line))
    text = " ".join(lines)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return sentences(re.sub(r"[`*_]", "", text).split("\n"))


def of_html(text: str) -> str:
    text = re.sub(r"<(style|script|svg|table)\b.*?</\1>", "", text, flags=re.S)
    blocks = re.findall(r"<(?:p|li|figcaption|h\d)\b[^>]*>(.*?)</(?:p|li|figcaption|h\d)>", text, re.S)
    return sentences(html.unescape(re.sub(r"<[^>]*>", "", block)) for block in blocks)


def sentences(blocks) -> str:
    blocks = (" ".join(block.split()) for block in blocks)
    return " ".join(block if block[-1] in ".?!:" else block + "." for block in blocks if block)


for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = of_html(text) if path.endswith(".html") else of_markdown(text)
    words, syllables = textstat.lexicon_count(text), textstat.syllable_count(text)
    sentence = words / max(1, textstat.sentence_count(text))
    # textstat's own score rounds both averages first, which moves it by up to four points.
    ease = 206.835 - 1.015 * sentence - 84.6 * syllables / words
    print(f"{path:40} {ease:6.1f}  {words:6} words, {sentence:4.1f} in a sentence")
