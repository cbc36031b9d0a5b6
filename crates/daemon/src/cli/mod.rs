//! The command line: one file for each subcommand, one line for each in `Command`.

pub mod align;
pub mod check;
mod cooks;
pub mod demo;
pub mod devices;
pub mod doctor;
pub mod features;
pub mod listen;
pub mod rehearse;
pub mod replay;
pub mod run;
mod said;
mod say;
mod shard;
pub mod simulate;
mod table;
mod truths;

use std::process::ExitCode;

use wok_simulator::{DISHES, Dish};

/// Live home-taste scores from a kitchen.
#[derive(Debug, clap::Parser)]
#[command(name = "wokd", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run the daemon
    Run(run::Args),
    /// The whole daemon against simulated devices, with a broker of its own
    Demo(demo::Args),
    /// Check a configuration
    Check(check::Args),
    /// List what is plugged in, by names that stay, and ask the network for LSL streams
    Devices(devices::Args),
    /// Say what keeps the daemon from scoring here, and what to do
    Doctor(doctor::Args),
    /// Measure how much later each sensor is than the sound, by tosses or knocks
    Align(align::Args),
    /// Simulate a cook: its event log and its truth
    Simulate(simulate::Args),
    /// Write the model's inputs of simulated cooks, for training
    Features(features::Args),
    /// Run simulated cooks through the model; what it said beside what was true
    Rehearse(rehearse::Args),
    /// Run recorded sounds through the model, each as the only sensor of a cook
    Listen(listen::Args),
    /// Run a recorded event log through the model again
    Replay(replay::Args),
}

impl Cli {
    /// Runs the subcommand.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        match &self.command {
            Command::Run(args) => run::run(args),
            Command::Demo(args) => demo::run(args),
            Command::Check(args) => check::run(args),
            Command::Devices(args) => devices::run(args),
            Command::Doctor(args) => doctor::run(args),
            Command::Align(args) => align::run(args),
            Command::Simulate(args) => simulate::run(args),
            Command::Features(args) => features::run(args),
            Command::Rehearse(args) => rehearse::run(args),
            Command::Listen(args) => listen::run(args),
            Command::Replay(args) => replay::run(args),
        }
    }
}

/// A dish by its id.
fn dish(id: &str) -> Result<Dish, String> {
    Dish::from_id(id).ok_or_else(|| {
        let ids: Vec<_> = DISHES.iter().map(|dish| dish.id()).collect();
        format!("no such dish; there are {}", ids.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
