"""The codes of a meter are accepted, refused and packed alike."""

from meter.codes import codes, fields
from meter.codes.codes import DEFAULTS, Codes
from meter.errors import ConfigError

for code in range(fields.CODES):
    print(fields.form(code), fields.fields(code), fields.recognise(DEFAULTS[code]))

made = Codes(order="684-36AE5C4090", config1="2-2-043-99-4", config3="00-2-23-0-03", config5="322")
print(made.pack(), [codes.unpack(made.pack()).text(code) for code in range(fields.CODES)])
print(made.energies, made.reference_ma, made.maximum_ma, made.starting_ma, made.tariffs)
print(made.has_clock, made.has_breaker, made.decimals, made.period_min, made.pulse_ms)

for given in (
    {"order": "684-31BJ4B3011"},
    {"config2": "00A-01-01-1"},
    {"config2": "000-29-01-1"},
    {"config5": "310"},
    {"order": "684-31BJ413010"},
    {"config9": "000"},
):
    try:
        print(Codes(**given).pack())
    except ConfigError as error:
        print(error)

packed = made.pack()
for at in range(codes.PACKED):
    for value in (0, 45, 120):
        changed = bytearray(packed)
        changed[at] = value
        try:
            print(at, codes.unpack(bytes(changed)).text(fields.ORDER))
        except ConfigError as error:
            print(at, error)
