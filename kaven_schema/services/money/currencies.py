"""ISO 4217: the currencies that money is in, with the number of digits of their minor units.

Metals, funds of banks and codes for tests, which have no minor unit, are left out.
"""

from __future__ import annotations

from types import MappingProxyType

from kaven_schema.services.money.problems import MoneyError, MoneyProblem

_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF"
        " CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG"
        " HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR"
        " MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD"
        " SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG"
        " YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCIES = MappingProxyType(
    {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}
)


def minor_units(currency: str) -> int:
    """Digits after the point: 2 for BRL, 0 for JPY. Raises MoneyError for what is no code of a currency."""
    found = CURRENCIES.get(currency)
    if found is None:
        raise MoneyError(MoneyProblem.CURRENCY, f"{currency!r} is no currency of ISO 4217, such as 'BRL'")
    return found
