//! The functions' binary: [`stanchion_functions`] is all of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    stanchion_functions::start()
}
