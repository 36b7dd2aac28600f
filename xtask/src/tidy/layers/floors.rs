//! The floors of each crate, top down: the data of [`layers`](super).

/// The floors of one crate.
#[derive(Clone, Copy, Debug)]
pub struct Floors {
    /// The file at the root of the crate.
    pub root: &'static str,
    /// The rooms of each floor, top down.
    pub floors: &'static [&'static [&'static str]],
    /// The rooms beside the stack.
    pub beside: &'static [Beside],
    /// Where rooms stand that no floor names.
    pub others: Others,
}

/// A room beside the stack of floors.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Its name.
    pub room: &'static str,
    /// All that it may use.
    pub uses: &'static [&'static str],
    /// All that may use it.
    pub used_by: &'static [&'static str],
}

/// Where rooms stand that no floor names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Nowhere: a room without a floor is found.
    Refused,
    /// On a floor of their own at the top: the test modules, which use `support` and never one another.
    OnTop,
}

/// The crates.
pub const CRATES: &[Floors] = &[
    Floors {
        root: "dots-api/src/lib.rs",
        floors: &[
            &["network", "page"],
            &["operation"],
            &["client"],
            &["transport"],
            &["request"],
            &["error"],
            &["key_record", "object", "open_enum", "read_again"],
            &["read"],
            &["meta", "redact", "response", "scalar"],
        ],
        beside: &[
            // What the document says is one room: its calls use the whole runtime, and the runtime knows the body of
            // an error.
            Beside {
                room: "generated",
                uses: &[
                    "client",
                    "error",
                    "meta",
                    "object",
                    "open_enum",
                    "operation",
                    "page",
                    "payable_upload",
                    "read",
                    "redact",
                    "request",
                    "response",
                    "scalar",
                    "webhook_event",
                ],
                used_by: &["error"],
            },
            // The parts of that room that are written by hand.
            Beside {
                room: "payable_upload",
                uses: &[
                    "client",
                    "error",
                    "generated",
                    "meta",
                    "operation",
                    "redact",
                    "request",
                    "response",
                    "scalar",
                ],
                used_by: &["generated"],
            },
            Beside {
                room: "webhook_event",
                uses: &["generated", "open_enum", "redact"],
                used_by: &["generated"],
            },
        ],
        others: Others::Refused,
    },
    Floors {
        root: "dots-api-ext/src/lib.rs",
        floors: &[
            &["blocking", "outbox"],
            &["calls"],
            &["look_up", "waiting", "pagination", "builder"],
            &["dots"],
            &["engine"],
            &["policy", "network"],
            &["evidence", "fake"],
            &["error", "reply"],
            &["call_stats", "deadline"],
            &["runtime"],
        ],
        beside: &[
            // Proves what Dots sends, and has no part in a call.
            Beside { room: "webhook", uses: &["error"], used_by: &["blocking", "outbox"] },
            // Pages, and no code.
            Beside { room: "guide", uses: &[], used_by: &[] },
        ],
        others: Others::Refused,
    },
    Floors {
        root: "tests/sandbox/src/lib.rs",
        floors: &[
            &["sandbox"],
            &["server"],
            &["pages"],
            &["control"],
            &["simulator"],
            &["webhooks"],
            &["handlers"],
            &["fault", "plan"],
            &["validation"],
            &["state"],
            &["journal"],
            &["spec"],
            &["http", "options"],
        ],
        beside: &[],
        others: Others::Refused,
    },
    Floors {
        root: "tests/torture/src/lib.rs",
        floors: &[
            &["kill_workers"],
            &["kill9"],
            &["started"],
            &["order", "power_cut", "corrupt", "sim", "bad_disk", "speed"],
            &["world"],
            &["worker"],
            &["payroll"],
            &["clock", "postgres"],
        ],
        beside: &[],
        others: Others::Refused,
    },
    Floors {
        root: "xtask/src/lib.rs",
        floors: &[
            &["ci", "mutants", "torture"],
            &["report"],
            &["drift", "tidy"],
            &["regen"],
            &["citations", "flags", "public_api", "workspace"],
            &["problem"],
        ],
        beside: &[],
        others: Others::Refused,
    },
    Floors { root: "tests/it/main.rs", floors: TEST_CRATE, beside: &[], others: Others::OnTop },
    Floors { root: "tests/sandbox/tests/it/main.rs", floors: TEST_CRATE, beside: &[], others: Others::OnTop },
    Floors { root: "xtask/tests/it/main.rs", floors: TEST_CRATE, beside: &[], others: Others::OnTop },
];

/// Every test stands above what tests share.
const TEST_CRATE: &[&[&str]] = &[&["support"]];
