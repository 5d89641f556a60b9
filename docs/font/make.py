#!/usr/bin/env python3
"""Makes assets/pushbench-sans.otf: Inter Regular, cut down to what a chart says, under a name of its own.

    python3 -m pip install fonttools==4.68.0
    apt-get download fonts-inter            # 4.0~beta7+ds-1, Debian 12
    dpkg-deb --extract fonts-inter_*.deb inter
    python3 docs/font/make.py inter/usr/share/fonts/opentype/inter/Inter-Regular.otf assets/pushbench-sans.otf

Kerning and all other layout features are left out, so that a text is as wide as the sum of its characters, whoever sets
it. Digits get the width of the tabular ones, which the features would have chosen. The name and the modification time
are set, so that the same font gives the same bytes.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

NAME = "pushbench sans"
CHARACTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 with · × ÷ µ and the no-break space, Latin Extended-A
    *map(ord, "‐–—‘’‚“”„…•‰′″‹›€μ→←↑↓−∞≈≠≤≥✓✗Δλ"),
]
TABULAR = {"tnum"}


def tabular_digits(font):
    """Lets the characters 0 to 9 stand for the glyphs that the feature `tnum` would put in their place."""
    table = font["GSUB"].table
    swap = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag in TABULAR:
            for index in record.Feature.LookupListIndex:
                for sub in table.LookupList.Lookup[index].SubTable:
                    swap.update(getattr(getattr(sub, "ExtSubTable", sub), "mapping", {}))
    for characters in font["cmap"].tables:
        for character in range(ord("0"), ord("9") + 1):
            glyph = characters.cmap.get(character)
            if glyph in swap:
                characters.cmap[character] = swap[glyph]


def main(source, target):
    font = TTFont(source, recalcTimestamp=False)
    tabular_digits(font)
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.drop_tables += ["GDEF", "GPOS", "GSUB"]
    missing = [chr(c) for c in CHARACTERS if c not in font.getBestCmap()]
    if missing:
        print("not in the font:", " ".join(missing))
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    short = NAME.replace(" ", "-")
    for identifier, text in {1: NAME, 2: "Regular", 3: short, 4: NAME, 6: short}.items():
        font["name"].setName(text, identifier, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames[0] = short
    top[0].FullName, top[0].FamilyName = NAME, NAME
    font["head"].modified = font["head"].created
    font.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
