//! Cooks that eat at one table: their steps of the model are taken together.
//!
//! A step of one cook costs four times its share of a batch of eight. Each cook goes its way on a
//! thread of its own; where all of a table wait for the model, the last to come serves them all.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use wok_core::event::InferError;
use wok_core::step::{StepInput, StepOutput};
use wok_infer::contract::zero_output;
use wok_infer::{Job, LoadError, Model, State};

use crate::model::{self, Settings};
use crate::stepper::refusal;

/// Cooks at a table.
pub(super) const SEATS: usize = 8;

/// A model and the cooks that share it.
pub(super) struct Table {
    guests: Mutex<Guests>,
    served: Condvar,
}

struct Guests {
    model: Model,
    seats: [Seat; SEATS],
}

enum Seat {
    Free,
    /// The cook is busy on its own.
    Cooking,
    Ordered(Order),
    Served(Order, Result<(), InferError>),
}

/// A step, and where its answer goes.
struct Order {
    input: StepInput,
    state: State,
    output: StepOutput,
}

/// A cook's place at a table.
pub(super) struct Place<'a> {
    table: &'a Table,
    seat: usize,
    /// `None` while the table has it.
    order: Option<Order>,
}

impl Table {
    /// Lays a table.
    ///
    /// # Errors
    /// As the model.
    pub(super) fn lay(settings: &Settings) -> Result<Table, LoadError> {
        let mut options = model::options(settings);
        options.max_batch = Some(SEATS);
        let model = Model::load(&options)?;
        let seats = [const { Seat::Free }; SEATS];
        Ok(Table {
            guests: Mutex::new(Guests { model, seats }),
            served: Condvar::new(),
        })
    }

    /// What was loaded.
    pub(super) fn info(&self) -> wok_infer::Info {
        self.lock().model.info().clone()
    }

    /// Cooks at the table.
    pub(super) fn taken(&self) -> usize {
        let guests = self.lock();
        (guests.seats.iter().filter(|s| !matches!(s, Seat::Free))).count()
    }

    /// Takes a place for one cook from its start; `None` at a full table.
    pub(super) fn sit(&self) -> Option<Place<'_>> {
        let mut guests = self.lock();
        let seat = guests.seats.iter().position(|s| matches!(s, Seat::Free))?;
        guests.seats[seat] = Seat::Cooking;
        let order = Order {
            input: StepInput::masked(),
            state: guests.model.station(),
            output: zero_output(),
        };
        Some(Place {
            table: self,
            seat,
            order: Some(order),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guests {
    /// Serves those who wait, unless somebody else is still to order; whether it did.
    fn serve(&mut self) -> bool {
        let busy = |seat: &Seat| matches!(seat, Seat::Cooking | Seat::Served(..));
        if self.seats.iter().any(busy) {
            return false;
        }
        let mut orders: Vec<&mut Order> = self.seats.iter_mut().filter_map(Seat::order).collect();
        let mut jobs: Vec<Job<'_>> = orders
            .iter_mut()
            .map(|order| Job {
                input: &order.input,
                state: &mut order.state,
                output: &mut order.output,
            })
            .collect();
        let results = self.model.step_all(&mut jobs);
        let ordered = self
            .seats
            .iter_mut()
            .filter(|s| matches!(s, Seat::Ordered(_)));
        for (seat, result) in ordered.zip(results) {
            if let Seat::Ordered(order) = mem::replace(seat, Seat::Cooking) {
                let result = result.map_err(|error| {
                    tracing::error!(%error, "the model failed; there is no score of this hop");
                    refusal(&error)
                });
                *seat = Seat::Served(order, result);
            }
        }
        true
    }
}

impl Seat {
    fn order(&mut self) -> Option<&mut Order> {
        match self {
            Seat::Ordered(order) => Some(order),
            _ => None,
        }
    }
}

impl Place<'_> {
    /// The model's answer to a step of this cook.
    ///
    /// # Errors
    /// As the model.
    pub(super) fn step(&mut self, input: &StepInput) -> Result<StepOutput, InferError> {
        let mut order = self.order.take().ok_or(InferError::Failed)?;
        order.input.clone_from(input);
        let mut guests = self.table.lock();
        guests.seats[self.seat] = Seat::Ordered(order);
        if guests.serve() {
            self.table.served.notify_all();
        }
        let waits = |guests: &mut Guests| matches!(guests.seats[self.seat], Seat::Ordered(_));
        let mut guests = self
            .table
            .served
            .wait_while(guests, waits)
            .unwrap_or_else(PoisonError::into_inner);
        match mem::replace(&mut guests.seats[self.seat], Seat::Cooking) {
            Seat::Served(order, result) => {
                let output = result.map(|()| order.output.clone());
                self.order = Some(order);
                output
            }
            _ => Err(InferError::Failed),
        }
    }
}

impl Drop for Place<'_> {
    /// The others need not wait for a cook that is over.
    fn drop(&mut self) {
        let mut guests = self.table.lock();
        guests.seats[self.seat] = Seat::Free;
        if guests.serve() {
            self.table.served.notify_all();
        }
    }
}
