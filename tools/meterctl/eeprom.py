"""`meterctl eeprom`: what stands on an EEPROM, and what a meter would take up from it."""

import json
from pathlib import Path

import click

from meterctl import image as images

_SHOWN = 64  # characters of a value
_LINES = 13  # entries of a page


class Refused(click.ClickException):
    """A file that is no image."""

    exit_code = 2


@click.command()
@click.argument("file", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--all", "everything", is_flag=True, help="List blank pages one by one, too.")
def eeprom(file, as_json, everything):
    """Explain the EEPROM image FILE record by record; nothing is written.

    FILE is the 64 or 128 KiB of a 24LC512 or 24FC1025, such as eeprom.bin of a bench's --state, or
    the 32 KiB of a MB85RC256V. The status is 0 if every page is good or blank, 1 if one is damaged
    or in another's place (a power cut leaves one such page), 2 if FILE is no image.
    """
    image = _read(file)
    records = list(images.records(image))
    damage = [record for record in records
              if record["state"] in (images.DAMAGED, images.MISPLACED)]
    restored = images.restored(image, records)
    if as_json:
        click.echo(json.dumps({
            "file": file,
            "part": images.SIZES[len(image)],
            "bytes": len(image),
            "records": [one for one in records if everything or one["state"] != images.BLANK],
            "blank": sum(record["state"] == images.BLANK for record in records),
            "damaged": [record["page"] for record in damage],
            "restored": restored,
        }))
    else:
        _print(image, records, everything)
        _print_end(damage, restored)
    return 1 if damage else 0


def _read(file):
    try:
        image = Path(file).read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    if len(image) not in images.SIZES:
        accepted = ", ".join(f"{size} ({part})" for size, part in sorted(images.SIZES.items()))
        raise Refused(f"{file}: {len(image)} bytes, accepted: {accepted}")
    return image


def _print(image, records, everything):
    click.echo(f"{images.SIZES[len(image)]}, {len(image)} bytes")
    newest = {record["page"] for record in images.newest(records).values()}
    region, blank = None, 0
    for record in [*records, None]:
        if blank and (record is None or record["region"] != region
                      or record["state"] != images.BLANK):
            click.echo(f"  {blank} blank")
            blank = 0
        if record is None:
            return
        if record["region"] != region:
            region = record["region"]
            click.echo(f"\n{region}, from page {record['page']}")
        if record["state"] == images.BLANK and not everything:
            blank += 1
        else:
            _print_record(record, record["page"] in newest)


def _print_record(record, is_newest):
    head = f"  {record['offset']:05x}"
    if record["kind"] is None:
        click.echo(f"{head}  blank")
        return
    state = "newest" if is_newest else record["state"]
    meaning = dict(record["meaning"])
    entries = meaning.pop("entries", None) if isinstance(meaning.get("entries"), list) else None
    click.echo(f"{head}  kind {record['kind']:02x}  no. {record['sequence']:<10}"
               f" crc {record['crc']:<4}  {state:<9} {_text(meaning)}")
    for entry in (entries or ())[:_LINES]:
        click.echo(f"         {_text(entry)}")
    if entries and len(entries) > _LINES:
        click.echo(f"         and {len(entries) - _LINES} more")


def _text(meaning):
    shown = []
    for name, value in meaning.items():
        text = _text(value) if isinstance(value, dict) else str(value)
        if not isinstance(value, dict) and len(text) > _SHOWN:
            text = text[:_SHOWN] + "..."
        shown.append(f"{name}: {text}" if not isinstance(value, dict) else f"{name} ({text})")
    return "; ".join(shown)


def _print_end(damage, restored):
    click.echo("\na meter would take up")
    for name, value in restored.items():
        click.echo(f"  {name}: {_text(value) if isinstance(value, dict) else value}")
    click.echo(f"\n{len(damage)} pages damaged or in another's place")
    for record in damage:
        click.echo(f"  {record['offset']:05x}  page {record['page']}, {record['region']}:"
                   f" {record['state']}; {_text(record['meaning'])}")
