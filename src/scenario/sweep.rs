//! What `[sweep]` expands to: its keys are the scenario's own, each with a list of values.
//!
//! ```toml
//! [sweep]
//! clients = [1, 10, 100]        # every combination …
//! feed.rate = [1.0, 10.0]
//! polling.interval = ["100ms", "1s"]    # … and for polling alone, of these too
//! together = [["clients", "feed.rate"]] # … but these in step: first with first, second with second
//! ```

use super::file::WHOLE;
use super::source::{Invalid, Source};
use crate::kind::{Carrier, Transport};
use toml::{Table, Value};

/// A key and the values that it takes in turn; several keys that go in step.
#[derive(Clone, Debug)]
struct Axis {
    keys: Vec<(String, Vec<Value>)>,
    /// Where in the lists each value stands.
    places: Vec<usize>,
    len: usize,
}

impl Axis {
    fn of(keys: Vec<(String, Vec<Value>)>) -> Axis {
        let len = keys.first().map_or(0, |(_, values)| values.len());
        Axis { keys, places: (0..len).collect(), len }
    }

    /// Leaves each place out that was another one only by what the command line says now.
    fn without_doubles(self) -> Axis {
        let place = |index: usize| self.keys.iter().map(|(_, values)| &values[index]).collect::<Vec<_>>();
        let is_first = |&index: &usize| !(0..index).any(|before| place(before) == place(index));
        let places: Vec<usize> = (0..self.len).filter(is_first).collect();
        let kept = |values: &Vec<Value>| places.iter().map(|&index| values[index].clone()).collect();
        let keys = self.keys.iter().map(|(key, values)| (key.clone(), kept(values))).collect();
        Axis { len: places.len(), keys, places }
    }

    /// Refuses a place where every key has the value of an earlier one; in step, one key alone may.
    fn refuse_doubles(&self, source: &Source<'_>) -> Result<(), Invalid> {
        let place = |index: usize| self.keys.iter().map(|(_, values)| &values[index]).collect::<Vec<_>>();
        let double = (0..self.len).find(|&index| (0..index).any(|before| place(before) == place(index)));
        match (double, self.keys.first()) {
            (Some(index), Some((key, values))) => {
                let message = format!("{} stands there twice: a trial is repeated by `repeats`", values[index]);
                Err(source.invalid(&format!("sweep.{key}[{index}]"), message))
            }
            _ => Ok(()),
        }
    }
}

/// The points of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Sweep {
    axes: Vec<Axis>,
}

/// One point: each key, its value, and where in the file it stands.
pub(super) type Point = Vec<(String, Value, String)>;

impl Sweep {
    /// Takes `[sweep]` out of `table`; keys in `fixed` are not swept, because the command line says what they are.
    pub(super) fn take(source: &Source<'_>, table: &mut Table, fixed: &[&str]) -> Result<Sweep, Invalid> {
        let mut lists = Vec::new();
        let mut together = Vec::new();
        match table.remove("sweep") {
            None => {}
            Some(Value::Table(mut sweep)) => {
                if let Some(groups) = sweep.remove("together") {
                    together = keys_in_step(source, groups)?;
                }
                let whole = "is the whole scenario's and cannot be swept";
                walk(source, ("sweep", whole), "", sweep, &mut |key, value, at| match value {
                    Value::Array(values) if !values.is_empty() => {
                        lists.push((key, values));
                        Ok(())
                    }
                    _ => Err(source.invalid(&at, "a list of values, at least one")),
                })?;
            }
            Some(_) => return Err(source.invalid("sweep", "a table: keys of the scenario, each with a list of values")),
        }
        lists.retain(|(key, _)| !fixed.contains(&key.as_str()));
        let mut axes = Vec::new();
        for (index, group) in together.iter().enumerate() {
            for (at, key) in group.iter().enumerate() {
                let before = together[..index].iter().flatten().chain(&group[..at]);
                source.demand(!before.into_iter().any(|other| other == key), "sweep.together", || {
                    format!("`{key}` stands there twice")
                })?;
            }
        }
        for group in together {
            let (keys, rest): (Vec<_>, Vec<_>) = lists.into_iter().partition(|(key, _)| group.contains(key));
            lists = rest;
            if let Some(missing) =
                group.iter().find(|name| !fixed.contains(&name.as_str()) && !keys.iter().any(|(key, _)| key == *name))
            {
                return Err(source.invalid("sweep.together", format!("`{missing}` is not swept")));
            }
            if let Some((first, values)) = keys.first() {
                let len = values.len();
                if let Some((other, values)) = keys.iter().find(|(_, values)| values.len() != len) {
                    let message = format!("`{first}` has {len} values, `{other}` {}: they go in step", values.len());
                    return Err(source.invalid("sweep.together", message));
                }
                let axis = Axis::of(keys);
                let narrowed = group.iter().any(|name| fixed.contains(&name.as_str()));
                axes.push(if narrowed { axis.without_doubles() } else { axis });
            }
        }
        axes.extend(lists.into_iter().map(|list| Axis::of(vec![list])));
        axes.iter().try_for_each(|axis| axis.refuse_doubles(source))?;
        Ok(Sweep { axes })
    }

    /// Whether nothing is swept.
    pub(super) fn is_none(&self) -> bool {
        self.axes.is_empty()
    }

    /// How many points there are for `transport` on `carrier`.
    pub(super) fn count(&self, transport: Transport, carrier: Carrier) -> usize {
        let axes = self.axes.iter().filter(|axis| axis.keys.iter().any(|(key, _)| concerns(key, transport, carrier)));
        axes.fold(1, |count, axis| count.saturating_mul(axis.len))
    }

    /// Whether `key` takes several values.
    pub(super) fn sweeps(&self, key: &str) -> bool {
        self.axes.iter().flat_map(|axis| &axis.keys).any(|(swept, _)| swept == key)
    }

    /// A key that concerns none of `rides`.
    pub(super) fn idle(&self, rides: &[(Transport, Carrier)]) -> Option<&str> {
        let keys = self.axes.iter().flat_map(|axis| &axis.keys).map(|(key, _)| key.as_str());
        keys.into_iter().find(|key| !rides.iter().any(|&(transport, carrier)| concerns(key, transport, carrier)))
    }

    /// The points for `transport` on `carrier`, at least one: keys of another one's table do not concern it.
    pub(super) fn points(&self, transport: Transport, carrier: Carrier) -> Vec<Point> {
        let mut points = vec![Point::new()];
        for axis in self.axes.iter().filter(|axis| axis.keys.iter().any(|(key, _)| concerns(key, transport, carrier))) {
            points = (0..axis.len)
                .flat_map(|index| {
                    points.iter().cloned().map(move |mut point| {
                        point.extend(axis.keys.iter().filter(|(key, _)| concerns(key, transport, carrier)).map(
                            |(key, values)| {
                                (key.clone(), values[index].clone(), format!("sweep.{key}[{}]", axis.places[index]))
                            },
                        ));
                        point
                    })
                })
                .collect();
        }
        points
    }
}

/// A key in another transport's own table means nothing to this one, the floor has no heads to speak of, and
/// what is no content is not compressed.
pub(super) fn concerns(key: &str, transport: Transport, carrier: Carrier) -> bool {
    let table = key.split('.').next().unwrap_or_default();
    match table {
        "headers" => transport != Transport::RawTcp,
        "compression" => transport.has_content(),
        "coalesce" => !transport.asks_each_time(),
        "clients-per-connection" => carrier.is_h2(),
        "tls" => carrier.has_tls(),
        _ => table.parse::<Transport>().map_or(true, |owner| owner == transport),
    }
}

/// Takes `[beside]` out of `table`: what another trial has in place of the scenario's values. Keys in `fixed` have no other value.
pub(super) fn beside(source: &Source<'_>, table: &mut Table, fixed: &[&str]) -> Result<Point, Invalid> {
    let mut point = Point::new();
    match table.remove("beside") {
        None => {}
        Some(Value::Table(beside)) => {
            let whole = "is the whole scenario's and has one value";
            walk(source, ("beside", whole), "", beside, &mut |key, value, at| {
                point.push((key, value, at));
                Ok(())
            })?;
        }
        Some(_) => return Err(source.invalid("beside", "a table: keys of the scenario, each with another value")),
    }
    point.retain(|(key, ..)| !fixed.contains(&key.as_str()));
    Ok(point)
}

/// Gives `leaf` each key of `table`, dotted, with its value and where it stands in the table `home`. Keys that no trial has of
/// its own are refused with the reason `whole`.
fn walk(
    source: &Source<'_>,
    (home, whole): (&str, &str),
    prefix: &str,
    table: Table,
    leaf: &mut impl FnMut(String, Value, String) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        let at = format!("{home}.{key}");
        if WHOLE.contains(&key.as_str()) {
            return Err(source.invalid(&at, whole));
        }
        match value {
            Value::Table(table) => walk(source, (home, whole), &key, table, leaf)?,
            value => leaf(key, value, at)?,
        }
    }
    Ok(())
}

fn keys_in_step(source: &Source<'_>, groups: Value) -> Result<Vec<Vec<String>>, Invalid> {
    groups.try_into().map_err(|_| {
        source.invalid("sweep.together", "a list of lists of keys, such as `[[\"clients\", \"feed.rate\"]]`")
    })
}

/// Sets `key`, dotted, in `table`; `false` where a part of it is no table.
pub(super) fn set(table: &mut Table, key: &str, value: Value) -> bool {
    match key.split_once('.') {
        None => {
            table.insert(key.to_owned(), value);
            true
        }
        Some((first, rest)) => match table.entry(first).or_insert_with(|| Value::Table(Table::new())) {
            Value::Table(inner) => set(inner, rest, value),
            _ => false,
        },
    }
}

/// Takes `key`, dotted, out of `table`, if it is there.
pub(super) fn unset(table: &mut Table, key: &str) {
    match key.split_once('.') {
        None => drop(table.remove(key)),
        Some((first, rest)) => {
            if let Some(Value::Table(inner)) = table.get_mut(first) {
                unset(inner, rest);
            }
        }
    }
}
