//! `[claim]`: what the report is to set beside its figures.

use super::file;
use super::source::{Invalid, Source};
use crate::claim::Claim;
use crate::kind::Transport;
use crate::trial::Trial;

/// The claim, held to the `trials` that can answer it. What the keys in `fixed`, which the command line says, leave
/// nothing of is left out.
pub(super) fn read(
    claim: &file::Claim,
    source: &Source<'_>,
    trials: &[Trial],
    fixed: &[&str],
) -> Result<Claim, Invalid> {
    let text = claim.source.trim();
    source.demand(!text.is_empty() && !text.chars().any(char::is_control), "claim.source", || {
        "who says so, in one line".into()
    })?;
    let figures = [claim.polling, claim.long_polling, claim.sse, claim.websocket, claim.raw_tcp];
    let mut held = Claim {
        source: text.to_owned(),
        counts: claim.counts,
        figures: Transport::ALL.into_iter().zip(figures).filter_map(|(who, figure)| Some((who, figure?))).collect(),
        extrapolate: claim.extrapolate.clone(),
    };
    source.demand(!held.figures.is_empty(), "claim", || {
        "what does an update cost? give at least one transport's figure: `websocket = 2`".into()
    })?;
    for (who, figure) in &held.figures {
        let key = format!("claim.{who}");
        source.demand(*figure > 0, &key, || "an update costs something: 1 or more".into())?;
        let asked = trials.iter().any(|trial| trial.transport == *who) || fixed.contains(&"transports");
        source.demand(asked, &key, || format!("no trial measures it: `transports` lacks {who}"))?;
    }
    held.figures.retain(|who, _| trials.iter().any(|trial| trial.transport == *who));
    let claimed = || trials.iter().filter(|trial| held.figures.contains_key(&trial.transport));
    source.demand(claimed().all(|trial| alike(trial, trials)), "claim", || {
        "it is held against one kind of trial: one carrier, and nothing but `clients` in [sweep]".into()
    })?;
    let most = claimed().map(|trial| trial.clients).max().unwrap_or(0);
    if !fixed.contains(&"clients") {
        source.demand(held.extrapolate.iter().all(|&clients| clients > most), "claim.extrapolate", || {
            format!("more clients than the {most} that are measured")
        })?;
    }
    held.extrapolate.retain(|&clients| clients > most);
    held.extrapolate.sort_unstable();
    held.extrapolate.dedup();
    Ok(held)
}

/// Whether all trials of its transport differ from `trial` in their clients alone.
fn alike(trial: &Trial, trials: &[Trial]) -> bool {
    let of_one = |trial: &Trial| Trial { clients: 1, clients_per_connection: 1, ..trial.clone() };
    trials.iter().filter(|other| other.transport == trial.transport).all(|other| of_one(other) == of_one(trial))
}
