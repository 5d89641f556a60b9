//! The run: blocks of trials, each with its two children, into a record.

mod child;
mod deliveries;
mod fault;
mod folder;
mod judge;
mod place;
mod precise;
mod progress;
mod resume;
mod theory;
mod trial;
mod way;
mod work;

use crate::record::{self, Header, ScenarioText, Writer};
use crate::scenario::Scenario;
pub use folder::latest;
use precise::Precise;
pub use progress::Talk;
pub use resume::{Missing, Unfinished, Unresumable};
use std::time::SystemTime;
use trial::Places;
use work::Work;
pub use work::{Failed, Options, Ran};

/// Makes every trial of `scenario` and leaves a record.
///
/// # Errors
/// When the record cannot be written; what stood there before stands.
pub fn run(scenario: &Scenario, options: &Options) -> Result<Ran, Failed> {
    place::descriptors_suffice(scenario).map_err(Failed::Limit)?;
    place::link_to_be_had(scenario).map_err(Failed::Limit)?;
    let places = Places(options.placement.clone());
    let started = SystemTime::now();
    let name = options.name.as_ref().unwrap_or(&scenario.name);
    let export = options.export()?;
    let folder = folder::make(&options.results, started, name).map_err(Failed::to_make_folder)?;
    let writer = Writer::create(&folder, header(scenario, options, &places, started))?;
    let export = export.map(|export| export.within(&folder));
    let precise = Precise::of(scenario);
    let work = Work { folder, places, export, slots: work::slots(scenario), precise, failed: 0, made: 0 };
    work.make(scenario, options, writer)
}

fn header(scenario: &Scenario, options: &Options, places: &Places, started: SystemTime) -> Header {
    Header {
        format: record::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: place::revision(),
        started_unix_ms: place::unix_ms(started),
        scenario: ScenarioText {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            text: scenario.text.clone(),
            path: options.path.clone(),
            overrides: options.overrides.clone(),
        },
        claim: scenario.claim.clone(),
        note: options.note.clone(),
        redacted: false,
        paired: None,
        blocks: scenario.repeats,
        precision: scenario.precision,
        trials: scenario.planned_trials(),
        planned_ns: scenario.planned_ns(),
        resolved: scenario.trials.clone(),
        environment: place::environment(places),
    }
}
