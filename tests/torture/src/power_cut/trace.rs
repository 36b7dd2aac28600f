//! Reads a trace of `strace -f -y -xx`.

use std::collections::HashMap;
use std::path::Path;

use super::log_of;
use crate::Failure;

/// A file that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Watched {
    Main,
    Log,
}

/// What the program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Wrote {
        file: Watched,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: Watched,
        length: usize,
    },
    Removed(Watched),
    Synced(Watched),
    /// A request for this reference left.
    Sent(String),
    /// The caller was told that this reference is paid.
    Told(String),
}

/// Reads what happened, in order: a write and a request when they begin, a sync when it is over.
pub(super) fn read(trace: &str, file: &Path) -> Result<Vec<Happened>, Failure> {
    let names = [(file.to_path_buf(), Watched::Main), (log_of(file), Watched::Log)];
    let watched = |path: &[u8]| {
        let path = Path::new(std::str::from_utf8(path).ok()?);
        names.iter().find(|(name, _)| name == path).map(|(_, watched)| *watched)
    };
    let mut happened = Vec::new();
    let mut unfinished: HashMap<&str, &str> = HashMap::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("<... ") {
            if let Some(begun) = unfinished.remove(thread)
                && let Some(what) = synced(begun, watched)
            {
                happened.push(what);
            }
            continue;
        }
        if call.contains("<unfinished ...>") {
            unfinished.insert(thread, call);
        } else if let Some(what) = synced(call, watched) {
            happened.push(what);
        }
        happened.extend(begun(call, &watched)?);
    }
    Ok(happened)
}

fn synced(call: &str, watched: impl Fn(&[u8]) -> Option<Watched>) -> Option<Happened> {
    let rest = call.strip_prefix("fdatasync(").or_else(|| call.strip_prefix("fsync("))?;
    watched(&path_of(rest)?).map(Happened::Synced)
}

fn begun(call: &str, watched: &impl Fn(&[u8]) -> Option<Watched>) -> Result<Option<Happened>, Failure> {
    let Some((name, rest)) = call.split_once('(') else { return Ok(None) };
    if name == "unlink" {
        return Ok(watched(&text_of(rest)).map(Happened::Removed));
    }
    let path = path_of(rest).unwrap_or_default();
    match (name, watched(&path)) {
        ("pwrite64", Some(file)) => {
            // The last argument of all; with `<unfinished ...>` there is no result behind it.
            let arguments = rest.split(')').next().unwrap_or_default().replace("<unfinished ...>", "");
            let at = arguments.rsplit(',').next().unwrap_or_default().trim().parse()?;
            Ok(Some(Happened::Wrote { file, at, bytes: text_of(rest) }))
        }
        ("ftruncate", Some(file)) => {
            let arguments = rest.split(')').next().unwrap_or_default().replace("<unfinished ...>", "");
            let length = arguments.rsplit(',').next().unwrap_or_default().trim().parse()?;
            Ok(Some(Happened::Cut { file, length }))
        }
        ("write", Some(_)) => Err("the file was written without a place".into()),
        ("write" | "sendto" | "writev" | "sendmsg", None) => Ok(said(&path, rest)),
        _ => Ok(None),
    }
}

/// Whether a request was sent, or the caller was told of an outcome.
fn said(path: &[u8], rest: &str) -> Option<Happened> {
    let text = String::from_utf8_lossy(&text_of(rest)).into_owned();
    if let Some(reference) = text.strip_prefix("settled ") {
        return Some(Happened::Told(reference.trim().to_owned()));
    }
    let mark = "\"outbox_reference\":\"";
    let at = text.find(mark).filter(|_| path.starts_with(b"socket:"))?;
    text.get(at + mark.len()..)?.split('"').next().map(|reference| Happened::Sent(reference.to_owned()))
}

/// The path behind the number of a file: `7<\x2f…>`.
fn path_of(arguments: &str) -> Option<Vec<u8>> {
    let (_, path) = arguments.split_once('<')?;
    Some(bytes_of(path.split('>').next()?))
}

/// All texts of a call, one after the other.
fn text_of(arguments: &str) -> Vec<u8> {
    arguments.split('"').skip(1).step_by(2).flat_map(bytes_of).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    if !text.starts_with("\\x") {
        return text.as_bytes().to_vec();
    }
    text.split("\\x").skip(1).filter_map(|byte| u8::from_str_radix(byte.get(..2)?, 16).ok()).collect()
}
