//! Token checks over HTTP: introspection by an API, forward-auth by a proxy.

use crate::call::{FORM, form, request};
use crate::control::Control;
use crate::load::{Target, repeat_in_turns};
use crate::program::{API, ASKER, GRID, Program};
use crate::table::Row;
use crate::window;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(crate) async fn rows(program: &Program, bare: &Control) -> Vec<Row> {
    let token = program.token().await;
    let (asker, secret) = ASKER;
    let basic = format!("Basic {}", STANDARD.encode(format!("{asker}:{secret}")));
    let body = form(&[("token", &token)]);
    let introspection = request(
        "POST /oauth/introspect",
        GRID,
        &[("Authorization", &basic)],
        Some((FORM, &body)),
    );
    let bearer = format!("Bearer {token}");
    let may = request(
        "GET /nginx",
        "127.0.0.1",
        &[
            ("Authorization", &bearer),
            ("X-Forwarded-Host", API),
            ("X-Forwarded-Uri", "/reports/2018?month=11"),
            ("X-Forwarded-Method", "GET"),
        ],
        None,
    );
    let process = [program.process()];
    let doors = program.target(&process);
    let proxies = Target {
        address: program.forward_auth,
        ..doors
    };
    let mut rows = Vec::new();
    for (what, target, asked) in [
        ("token check by introspection", doors, introspection),
        ("token check by forward-auth", proxies, may),
    ] {
        let [control, figures] = repeat_in_turns([bare.target(), target], &asked, window()).await;
        rows.push(Row::beside(
            what,
            figures,
            ("bare handler, same request", control),
            "≥ 60 %",
        ));
    }
    rows
}
