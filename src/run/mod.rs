//! The run: blocks of trials, each with its two children, into a record.

mod calibration;
mod child;
mod deliveries;
mod fault;
mod folder;
mod judge;
mod other;
mod pilots;
mod place;
mod precise;
mod probes;
mod progress;
mod resume;
mod theory;
mod trial;
mod way;
mod work;

use crate::clock;
use crate::control::Hello;
use crate::record::{self, Header, Paired, ScenarioText, Side, Writer};
use crate::scenario::Scenario;
pub use folder::latest;
pub use other::Other;
use precise::Precise;
pub use progress::Talk;
pub use resume::{Missing, Unfinished, Unresumable};
use std::io;
use std::path::Path;
use std::time::SystemTime;
use trial::Places;
use work::{AGAINST, Against, ToSettle, Work};
pub use work::{Failed, Options, Ran};

/// Makes every trial of `scenario` and leaves a record.
///
/// # Errors
/// When the record cannot be written; what stood there before stands.
pub fn run(scenario: &Scenario, options: &Options) -> Result<Ran, Failed> {
    place::descriptors_suffice(scenario).map_err(Failed::Limit)?;
    place::link_to_be_had(scenario).map_err(Failed::Limit)?;
    let other = options.against.as_deref().map(|path| meet(path, scenario)).transpose()?;
    let places = Places(options.placement.clone());
    let started = SystemTime::now();
    let name = options.name.as_ref().unwrap_or(&scenario.name);
    let export = options.export()?;
    let folder = folder::make(&options.results, started, name).map_err(Failed::to_make_folder)?;
    let own = header(scenario, options, started, (&Hello::own(), &places));
    let paired = |side| Some(Paired { run: format!("{}-{}", own.started_unix_ms, std::process::id()), side });
    let against = other.map(|other| -> io::Result<Against> {
        let folder = folder.join(AGAINST);
        std::fs::create_dir(&folder)?;
        let theirs = header(scenario, options, started, (&other.hello, &places));
        // what they are held to is ours to keep
        let theirs = Header { paired: paired(Side::Old), thresholds: Vec::new(), ..theirs };
        Ok(Against { program: other.program, writer: Writer::create(&folder, theirs)?, folder })
    });
    let against = against.transpose()?;
    let own = Header { paired: against.as_ref().and_then(|_| paired(Side::New)), ..own.clone() };
    let writer = Writer::create(&folder, own)?;
    let export = export.map(|export| export.within(&folder));
    let (slots, precise) = (work::slots(scenario), Precise::of(scenario));
    let settling = if scenario.settles { ToSettle::Open(scenario.trials.clone()) } else { ToSettle::Fixed };
    let work = Work { folder, places, export, settling, slots, against, precise, begun: 0, failed: 0, made: 0 };
    work.make(scenario, options, writer)
}

/// Asks the build at `path` whether it can make the trials of `scenario`, as it is asked before a run.
///
/// # Errors
/// [`Failed::Limit`]: it is none, or cannot.
pub fn meet(path: &Path, scenario: &Scenario) -> Result<Other, Failed> {
    Other::ask(path, &scenario.trials).map_err(Failed::Limit)
}

/// What a record of trials by `build` in `places` begins with.
fn header(scenario: &Scenario, options: &Options, started: SystemTime, (build, places): (&Hello, &Places)) -> Header {
    Header {
        format: record::FORMAT,
        version: build.version.clone(),
        revision: build.revision.clone(),
        started_unix_ms: clock::unix_ms(started),
        scenario: ScenarioText {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            text: scenario.text.clone(),
            path: options.path.clone(),
            overrides: options.overrides.clone(),
        },
        claim: scenario.claim.clone(),
        thresholds: scenario.thresholds.iter().map(ToString::to_string).collect(),
        note: options.note.clone(),
        redacted: false,
        paired: None,
        blocks: scenario.repeats,
        precision: scenario.precision,
        trials: scenario.planned_trials(),
        planned_ns: scenario.planned_ns(),
        resolved: scenario.trials.clone(),
        environment: place::environment(places, build),
    }
}
