"""The fixed parts of a workbook (ECMA-376), around its sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# The formats of cells, by their place in the list below.
HEADER, DATE, TIME, DATETIME = 1, 2, 3, 4
_FORMATS = ("", "", "yyyy\\-mm\\-dd", "hh:mm:ss", "yyyy\\-mm\\-dd\\ hh:mm:ss")

# The header stays in sight; columns are as wide as a code and a few words.
SHEET_START = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
    'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
    '<cols><col min="1" max="%(columns)d" width="18" customWidth="1"/></cols><sheetData>'
)
SHEET_END = "</sheetData></worksheet>"


def sheet_path(number: int) -> str:
    """Return where the sheet of that number, from 1, lies in the archive."""
    return f"xl/worksheets/sheet{number}.xml"


def closing_parts(sheets: Sequence[str]) -> Mapping[str, str]:
    """Return what else a workbook is made of, by path, for sheets of these names."""
    numbered = list(enumerate(sheets, 1))
    overrides = "".join(
        f'<Override PartName="/{sheet_path(number)}" ContentType="{_TYPE}.worksheet+xml"/>'
        for number, _name in numbered
    )
    entries = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in numbered
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _name in numbered
    )
    styles = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return {
        "xl/styles.xml": _styles(),
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relationships(links + styles),
        "_rels/.rels": _relationships(
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>'
        ),
    }


def _relationships(links: str) -> str:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _styles() -> str:
    codes = {code: 164 + place for place, code in enumerate(filter(None, _FORMATS))}
    formats = "".join(f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>' for code, number in codes.items())
    cells = "".join(
        f'<xf numFmtId="{codes.get(code, 0)}" fontId="{int(place == HEADER)}" fillId="0" borderId="0" xfId="0" '
        'applyFont="1" applyNumberFormat="1"/>'
        for place, code in enumerate(_FORMATS)
    )
    font = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'{_XML}<styleSheet xmlns="{_MAIN}"><numFmts count="{len(codes)}">{formats}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(_FORMATS)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
