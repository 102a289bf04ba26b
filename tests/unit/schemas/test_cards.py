import json

from hypothesis import given
from hypothesis import strategies as st

from schemas.sfcc.cards import without_card_data

CARD = {"holder": "I HARTLEY", "maskedNumber": "****4242", "creditCardToken": "tok", "expirationYear": 2029}
TEXTS = st.text(st.sampled_from('a"\\:{}, é\n'), max_size=12)


def test_card_and_bank_data_goes_in_both_spellings_wherever_it_stands() -> None:
    event = {
        "orderNo": "1",
        "order": {
            "paymentInstruments": [{"paymentMethodId": "CREDIT_CARD", "paymentCard": CARD}],
            "payment_instruments": [{"payment_card": CARD, "payment_bank_account": {"number": "12"}}],
            "c_more": {"creditCardToken": "tok", "bankRoutingNumber": "99"},
        },
    }

    kept = json.loads(without_card_data(json.dumps(event)))

    assert kept["order"]["paymentInstruments"] == [{"paymentMethodId": "CREDIT_CARD", "paymentCard": None}]
    assert kept["order"]["payment_instruments"] == [{"payment_card": None, "payment_bank_account": None}]
    assert kept["order"]["c_more"] == {"creditCardToken": None, "bankRoutingNumber": None}


@given(before=TEXTS, inside=TEXTS, spaced=st.sampled_from((None, 1)))
def test_all_else_is_kept_to_the_letter(before: str, inside: str, spaced: int | None) -> None:
    said = f'{before}"paymentCard": {{"holder": "x"}}'
    event = {"text": said, "paymentCard": {"holder": inside, "more": [said]}, "total": 1.50, "last": said}

    kept = without_card_data(json.dumps(event, indent=spaced, ensure_ascii=False))

    assert kept == json.dumps(event | {"paymentCard": None}, indent=spaced, ensure_ascii=False)
