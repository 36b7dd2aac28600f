//! The README's commands, run as they stand there: a `console` block starts the program, and the `sh` blocks below it
//! are one visitor's shell; what stands in a `bash` block is for another day. An arrow, `# → …`, says what the command
//! above it prints; dots stand for anything.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
};

const README: &str = include_str!("../../README.md");

/// How the README starts the program.
const START: &str = "$ cargo run -p dots-sandbox --";

/// Where the README says that it listens.
const PLACE: &str = "127.0.0.1:4010";

/// What is printed where an arrow stands, with its number behind it.
const MARK: &str = "@@@ arrow";

/// The program's arguments, and what is typed while it runs.
#[derive(Default)]
struct Tour {
    arguments: String,
    script: String,
    arrows: Vec<String>,
}

impl Tour {
    fn add(&mut self, line: &str) {
        match line.strip_prefix("# → ") {
            Some(arrow) => {
                self.script.push_str(&format!("echo; echo '{MARK} {}'\n", self.arrows.len()));
                self.arrows.push(arrow.to_owned());
            }
            None => {
                // It would run for ever, and keep the pipe open that this test reads.
                assert!(!line.starts_with("cargo "), "a `console` block starts the program, not `{line}`");
                self.script.push_str(&format!("{line}\n"));
            }
        }
    }

    /// Starts the program, runs the script in a shell and compares what it prints with the arrows.
    fn walk(&self, shell: &str, names: &str) {
        let program = Program::start(&self.arguments);
        let script = format!("set -u\n{names}{}", self.script).replace(PLACE, &program.place);
        let mut visitor = Command::new(shell);
        // A visitor pastes the commands, and zsh treats pasted comments otherwise than those of a script.
        visitor.args(if shell == "zsh" { ["-fis"].as_slice() } else { &["-s"] });
        visitor.env("NO_PROXY", "*").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut visitor = visitor.spawn().unwrap();
        // The script fits into the pipe, so the shell does not have to read it first.
        visitor.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        let output = visitor.wait_with_output().unwrap();
        let (printed, complaints) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{printed}\n{complaints}");
        let mut rest = printed.as_ref();
        for (number, arrow) in self.arrows.iter().enumerate() {
            let (shown, behind) = rest.split_once(&format!("{MARK} {number}\n")).expect("the shell went on");
            let arrow = arrow.replace(PLACE, &program.place);
            assert!(fits(&arrow, shown), "`{arrow}` is not what came:\n{shown}\n{complaints}");
            rest = behind;
        }
    }
}

/// Whether the parts between the dots stand in a text, in their order.
fn fits(arrow: &str, text: &str) -> bool {
    let mut rest = Some(text);
    for part in arrow.split('…') {
        rest = rest.and_then(|text| text.split_once(part)).map(|(_, behind)| behind);
    }
    rest.is_some()
}

/// The sandbox as a program of its own; dropping it ends it.
struct Program {
    child: Child,
    /// Its address and port.
    place: String,
}

impl Program {
    fn start(arguments: &str) -> Self {
        let arguments = arguments.replace("--port 4010", "");
        // The shell takes the quotes away that the README has for it.
        let command = format!("exec \"$0\" --port 0 {arguments}");
        let mut shell = Command::new("bash");
        shell.args(["-c", &command, env!("CARGO_BIN_EXE_dots-sandbox")]).stdout(Stdio::piped());
        let mut child = shell.spawn().unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut greeting).unwrap();
        let place =
            greeting.split_once("http://").expect("the address").1.trim_end_matches("/api\n").to_owned();
        Self { child, place }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Neither can fail in a way that a test could mend.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the README: the names that every tour uses, and the tours.
fn tours() -> (String, Vec<Tour>) {
    let (mut names, mut tours, mut block) = (None, Vec::<Tour>::new(), None);
    for line in README.lines() {
        if let Some(language) = line.strip_prefix("```") {
            // The first block for a shell is that of the names.
            names = names.or_else(|| (block == Some("sh")).then(|| std::mem::take(&mut tours[0].script)));
            block = block.is_none().then_some(language);
        } else if let Some(arguments) = line.strip_prefix(START).filter(|_| block == Some("console")) {
            tours.push(Tour { arguments: arguments.to_owned(), ..Tour::default() });
        } else if block == Some("sh") {
            tours.last_mut().expect("the program runs").add(line);
        }
    }
    (names.unwrap_or_default(), tours)
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("bash") || !has("curl") {
        // Past the capture of the test harness.
        std::io::stderr().write_all(b"not run: the README's commands need bash and curl\n").unwrap();
        return;
    }
    let (names, tours) = tours();
    let arrows: Vec<usize> = tours.iter().map(|tour| tour.arrows.len()).collect();
    assert!(arrows.len() == 3 && arrows.iter().all(|count| *count > 5), "{arrows:?}");
    for tour in &tours {
        tour.walk("bash", &names);
    }
    if !has("zsh") {
        std::io::stderr()
            .write_all(b"not run: the README's commands in zsh (apt-get install zsh)\n")
            .unwrap();
        return;
    }
    for tour in &tours {
        tour.walk("zsh", &names);
    }
}
