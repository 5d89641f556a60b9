//! When a figure may be printed, what the figure of several trials is, how sure it is, and whether two of them differ.
//!
//! One concept a file; all of it is pure. `tests/statistics` holds it to SciPy's results and to simulated comparisons
//! without a difference.

pub mod above;
pub mod agreed;
pub mod around;
pub mod bca;
pub mod beta;
pub mod bootstrap;
pub mod centre;
pub mod drift;
pub mod effect;
pub mod enough;
pub mod holm;
pub mod interval;
pub mod normal;
pub mod outliers;
pub mod paired;
pub mod ranks;
pub mod settled;
pub mod signs;
pub mod student;
pub mod unpaired;

pub use above::above;
pub use around::around as interval;
pub use centre::centre;
pub use drift::{Drift, TELLING, drift};
pub use effect::{Effect, Method, detectable};
pub use enough::{MIN_DISTINCT, too_few};
pub use holm::holm;
pub use interval::Interval;
pub use outliers::{fences, outliers};
pub use paired::paired;
pub use settled::settled;
pub use unpaired::unpaired;
