//! Every row of the table of bad responses, as an answer to a request and as a response that nobody asked for.

use crate::mutations::{Row, rows};
use crate::support::response::{REQUEST, base, judged, judged_unsolicited};

#[test]
fn every_row_is_refused_with_its_code_and_the_genuine_response_is_not() {
    let mut wrong = Vec::new();
    for request in [Some(REQUEST), None] {
        let base = base(request);
        let judged = match request {
            Some(_) => judged,
            None => judged_unsolicited,
        };
        assert!(judged(&base.signed()).is_ok(), "the base is good");
        for Row {
            row,
            what,
            code,
            xml,
        } in rows(&base)
        {
            let outcome = judged(&xml).map(|_| ()).map_err(|refusal| refusal.code());
            if outcome != Err(code) {
                wrong.push(format!("{row} {what}: {outcome:?} instead of {code}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
