"""The tables of the data sheet's ordering details: every row, as (field, code, words)."""

ROWS = """
X1|2|3x230V
X1|3|3x230/400V
X2|1|0.25-5(105)A 35 mm2
X2|4|0.25-5(65)A
X2|6|0.5-10(60)A
X2|7|0.5-10(85)A
X2|8|0.25-5(85)A
X3|A|Class A
X3|B|Class B
X4|B|Basis
X4|C|Communication
X4|D|Disconnect
X4|E|Comm + Disconnect
X4|J|DLMS and load profile
X5|1|A+
X5|2|A+/A-
X5|4|A+/A-/R+/R-
X5|5|A+/R1
X6|1|Basis
X6|2|RTC (Battery)
X6|3|RTC (Supercap)
X6|4|RF S incl. battery
X6|5|RF K incl. battery
X6|6|RF S incl. Supercap
X6|7|RF K incl. Supercap
X6|B|Breaker, battery, supercap
X6|C|Breaker, supercap
X6|D|Breaker, RF Senea, supercap, battery
X6|E|Breaker, RF Kamstrup, supercap, battery
X6|F|Breaker, RF Senea, supercap
X6|G|Breaker, RF Kamstrup, supercap
X7|1|No tariff
X7|2|2-tariff
X7|3|Configurable
X7|4|4-tariff
X8X9X10|010|DK
X8X9X10|025|RUS
X8X9X10|031|ES
X8X9X10|040|NO
X8X9X10|045|LV
X8X9X10|049|LIT
X8X9X10|050|GB
X8X9X10|055|A
X8X9X10|059|CH-I
X8X9X10|061|EST
X8X9X10|063|CH-D
X8X9X10|064|PL
X8X9X10|065|CH-F
X8X9X10|067|ISL
X8X9X10|070|DE
X8X9X10|080|NL
X8X9X10|084|FIN
X8X9X10|090|SE
A|1|7.0
A|2|6.1
B|1|LED switched off without consumption
B|2|LED switched on without consumption
CCC|000|No module
CCC|001|S0 Supply module, SK
CCC|003|Data/pulse module, RK
CCC|005|M-Bus module, MK
CCC|008|Tariff module, 4 tariff, 230 V, WK
CCC|018|Tariff module, 4 tariff, 230 V, CS, PK
CCC|021|S0 Pulse module
CCC|039|PLC module, router, ext. RTC
CCC|040|IP101i, TCP/IP module
CCC|043|Radio module, high power
CCC|052|Radio module, router, S
CCC|053|GSM6i, GSM6i/RF, GSM7i
CCC|055|S input/output
CCC|064|Wireless M-Bus
E|1|5 min.
E|2|15 min.
E|3|30 min.
E|4|60 min.
GG|00|External controlled
HH|00|None (external controlled)
HH|01|Monthly
HH|02|Every second month, January
HH|03|Every second month, February
HH|04|Every third month, January
HH|05|Every third month, February
HH|06|Every third month, March
HH|07|Half-yearly, January
HH|08|Half-yearly, February
HH|09|Half-yearly, March
HH|10|Half-yearly, April
HH|11|Half-yearly, May
HH|12|Half-yearly, June
HH|13|Yearly, January
HH|14|Yearly, February
HH|15|Yearly, March
HH|16|Yearly, April
HH|17|Yearly, May
HH|18|Yearly, June
HH|19|Yearly, July
HH|20|Yearly, August
HH|21|Yearly, September
HH|22|Yearly, October
HH|23|Yearly, November
HH|24|Yearly, December
I|1|30ms
I|3|80ms
JJ|00|None
K|0|Peak power standard
K|1|Peak power for tariff 1
K|2|Peak power for tariff 2
LL|00|0 London
LL|01|1 DK, DE, FR, ES
LL|02|2 FIN
LL|13|-11
LL|14|-10
LL|15|-9
LL|16|-8
LL|17|-7
LL|18|-6
LL|19|-5
LL|20|-4
LL|21|-3
LL|22|-2
LL|23|-1
M|0|None
NN|00|None
NN|01|kWh
NN|02|m3
NN|03|L
PPP|000|None
PPP|001|EU
QQ|00|None
RRR|000|None
RRR|310|EU 310 RF S
RRR|311|EU 311 RF S
RRR|312|EU 312 RF S
RRR|319|EU 319 RF K
RRR|320|SE 320 RF S
RRR|321|SE 321 RF S
RRR|322|SE 322 RF S
RRR|328|SE 328 RF K
RRR|330|NO 330 RF S
RRR|339|NO 339 RF K
RRR|340|DK 340 RF S
RRR|349|DK 349 RF K
"""

TABLE = [tuple(line.split("|")) for line in ROWS.split("\n") if line]
TABLE += [("GG", f"{day:02}", f"{day}.") for day in range(1, 29)]
TABLE += [("LL", f"{hours:02}", str(hours)) for hours in range(3, 13)]

ANY_DIGITS = {"DD": 2, "FFF": 3, "OOO": 3}  # "Contact Kamstrup"


def listed(field):
    """Return every value the data sheet lists for a field."""
    return {value for name, value, _ in TABLE if name == field}
