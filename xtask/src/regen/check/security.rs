//! Security: the client proves itself by HTTP Basic authentication, with every request.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Part, elements};
use crate::regen::pointer::Pointer;

/// Checks what the document and each operation ask for.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    let own = index.operations.iter().map(|it| (it.pointer.clone(), it.value));
    for (at, value) in own.chain([(Pointer::root(), index.document)]) {
        for requirement in elements(&at, value, "security") {
            requires(index, &requirement, problems);
        }
    }
}

/// Refuses a requirement that Basic authentication alone does not meet.
fn requires(index: &Index<'_>, (at, requirement): &Part<'_>, problems: &mut Problems) {
    for name in requirement.as_object().into_iter().flat_map(|all| all.keys()) {
        let scheme = index.components("securitySchemes").find(|(other, ..)| other == name);
        if !scheme.is_some_and(|(_, _, value)| is_basic(value)) {
            let what = format!(
                "the security scheme `{name}`, which is not HTTP Basic, the only one that the client has"
            );
            problems.add(at, what, "write `type: http` and `scheme: basic`, or write the operation by hand");
        }
    }
}

fn is_basic(scheme: &Value) -> bool {
    let is = |key: &str, wanted: &str| {
        scheme.get(key).and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(wanted))
    };
    is("type", "http") && is("scheme", "basic")
}
