//! The workspace's automation (the xtask pattern): its commands, as a library so that tests can call them.
//!
//! `cargo xtask --help` lists the commands. xtask depends on no other member of the workspace, because it must run
//! when the generated code does not compile.
//!
//! - [`flags`]: the command line, declared in one place
//! - [`regen`]: the code generator, from the OpenAPI document to `dots-api/src/generated/`
//! - [`drift`]: what Dots' own document says otherwise than ours
//! - [`tidy`]: the project's own lints, for rules that no compiler checks
//! - [`ci`]: the pipeline that a change has to pass
//! - [`citations`]: the pages of Dots' documentation and their addresses
//! - [`mutants`]: mutation testing with the bugs that make clients pay twice
//! - [`torture`]: runs the program that simulates and tortures the outbox
//! - [`public_api`]: the public API of a crate as text, for a snapshot
//! - [`problem`]: diagnostics: what is wrong, where, and how to fix it
//! - [`report`]: the one module that prints
//! - [`workspace`]: finds the root of the workspace

#![forbid(unsafe_code)]

pub mod ci;
pub mod citations;
pub mod drift;
pub mod flags;
pub mod mutants;
pub mod problem;
pub mod public_api;
pub mod regen;
pub mod report;
pub mod tidy;
pub mod torture;
pub mod workspace;
