//! The time from the start to the first answer.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use dots_sandbox::Sandbox;

use crate::{client::request, served::Served};

/// Prints how long the library and the program take until the first answer.
pub(crate) fn print() {
    println!("| start to first answer | the first time | again |\n|---|---|---|");
    let (first, again) = (library(), library());
    println!("| in a process that runs | {first:.1?} | {again:.1?} |");
    let (first, again) = (program(), program().min(program()).min(program()));
    println!("| the program, from its start | {first:.1?} | {again:.1?} |");
}

fn library() -> Duration {
    let started = Instant::now();
    let served = Served::sandbox(Sandbox::builder());
    let mut socket = TcpStream::connect(served.address).expect("the server listens");
    ask(&mut socket);
    started.elapsed()
}

fn program() -> Duration {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let started = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_dots-sandbox"))
        .args(["--port", &address.port().to_string()])
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut socket = loop {
        match TcpStream::connect(address) {
            Ok(socket) => break socket,
            Err(_) => std::thread::yield_now(),
        }
    };
    ask(&mut socket);
    let passed = started.elapsed();
    program.kill().expect("the program still runs");
    program.wait().expect("the program ends");
    passed
}

fn ask(socket: &mut TcpStream) {
    socket.write_all(&request("GET", "/v2/users", "")).expect("the server reads");
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).expect("the server answers");
    assert_eq!(&answer, b"HTTP/1.1 200");
}
