//! What checks of answers cost lists: rows that were shown before, and rows that were not.

use dots_sandbox::Sandbox;

use crate::{
    FUNDS,
    client::{Client, Measured, id_in, payout, request},
    links,
    served::Served,
};

/// The rows of a page.
const ROWS: u64 = 100;

/// Prints the rates of lists with checks of answers and without.
///
/// Both servers take turns, and the best of several turns counts.
pub(crate) fn print(pages: u64, turns: u64) {
    let served = [true, false]
        .map(|validate| Served::sandbox(Sandbox::builder().funds(FUNDS).validate_answers(validate)));
    let mut clients = served.each_ref().map(Client::connect);
    for client in &mut clients {
        client.run(ROWS, user, |_| {});
    }
    let mut best = [[Measured::default(); 2]; 4];
    for turn in 0..turns {
        for (place, client) in clients.iter_mut().enumerate() {
            for (best, measured) in best.iter_mut().zip(lists(client, turn, pages)) {
                if let Some(best) = best.get_mut(place) {
                    *best = best.or_better(measured);
                }
            }
        }
    }
    println!("\n| 100 rows | with checks | without | of the rate without |\n|---|---|---|---|");
    let names =
        ["links, the first page again", "links, a walk of new rows", "links, the same walk again", "users"];
    for (name, [with, without]) in names.into_iter().zip(best) {
        let share = without.cpu_each() * 100 / with.cpu_each().max(1);
        println!("| {name} | {} | {} | {share} % |", with.rate(), without.rate());
    }
}

/// Measures each list once; the walk goes over links that this turn makes.
fn lists(client: &mut Client<'_>, turn: u64, pages: u64) -> [Measured; 4] {
    let (mut cursors, mut made) = (Vec::new(), 0);
    client.run(
        pages * ROWS,
        |number, bytes| payout((turn + 1) << 32 | number, bytes),
        |body| {
            made += 1;
            cursors.extend(id_in(body).filter(|_| made % ROWS == 0));
        },
    );
    let first = client.run(pages, |_, bytes| bytes.extend(links("")), |_| {});
    // Newest first: the page behind a link has the ones that were made before it.
    let page = |number| cursors.get(usize::try_from(number).unwrap_or_default()).map_or("", String::as_str);
    let mut walk = || {
        let at = |number| format!("&starting_after={}", page(number));
        client.run(pages, |number, bytes| bytes.extend(links(&at(number))), |_| {})
    };
    let (cold, warm) = (walk(), walk());
    let users = client.run(pages, |_, bytes| bytes.extend(request("GET", "/v2/users?limit=100", "")), |_| {});
    [first, cold, warm, users]
}

fn user(number: u64, bytes: &mut Vec<u8>) {
    let phone = 2_025_550_000 + number;
    let body = format!(
        r#"{{"first_name":"A","last_name":"B","email":"a{number}@example.com","country_code":"1","phone_number":"{phone}"}}"#
    );
    bytes.extend(request("POST", "/v2/users", &body));
}
