//! Transactions through the gateway, beside an nginx that asks a bare handler whether each may pass.

use crate::call::request;
use crate::control::{Control, Nginx};
use crate::load::{Target, repeat};
use crate::machine;
use crate::program::{GATEWAY, Program};
use crate::table::Row;
use crate::window;

pub(crate) async fn rows(program: &Program, bare: &Control) -> Vec<Row> {
    let bearer = format!("Bearer {}", program.session().await);
    let asked = request(
        "GET /transaction",
        GATEWAY,
        &[("Authorization", &bearer)],
        None,
    );
    let nginx = Nginx::start(machine::SERVER, (bare.address, program.upstream));
    let proxies = [nginx.process(), bare.process()];
    let target = Target {
        address: nginx.address,
        servers: &proxies,
    };
    let control = repeat(target, &asked, window()).await;
    drop(nginx);
    let process = [program.process()];
    let target = program.target(&process);
    repeat(target, &asked, window()).await;
    let before = machine::resident(program.process());
    let figures = repeat(target, &asked, window()).await;
    let after = machine::resident(program.process());
    vec![
        Row::beside(
            "gateway: Bearer transactions to a bare upstream",
            figures,
            (
                "nginx `proxy_pass` + `auth_request` to a bare handler",
                control,
            ),
            "≥ 60 %",
        ),
        Row::alone(
            "gateway: memory before and after those transactions",
            format!("{before:.1} MiB, {after:.1} MiB"),
            "",
            "flat",
        ),
    ]
}
