//! Columns of one cook on their way into a safetensors file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, TensorView};

/// A growing table: every column has one entry a row, of any fixed shape.
#[derive(Debug, Default)]
pub(super) struct Shard {
    columns: BTreeMap<&'static str, Column>,
}

#[derive(Debug)]
struct Column {
    dtype: Dtype,
    /// Shape of one row; a column without rows of its own has its whole shape here.
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Shard {
    fn column(&mut self, name: &'static str, dtype: Dtype, shape: &[usize]) -> &mut Vec<u8> {
        let column = self.columns.entry(name).or_insert_with(|| Column {
            dtype,
            shape: shape.to_vec(),
            bytes: Vec::new(),
        });
        &mut column.bytes
    }

    /// Adds numbers to a column of 16-bit floats with rows of `shape`.
    pub(super) fn halves<'a>(
        &mut self,
        name: &'static str,
        shape: &[usize],
        values: impl IntoIterator<Item = &'a f32>,
    ) {
        let column = self.column(name, Dtype::F16, shape);
        column.extend(
            values
                .into_iter()
                .flat_map(|v| f16::from_f32(*v).to_le_bytes()),
        );
    }

    /// Adds numbers to a column of 32-bit floats with rows of `shape`.
    pub(super) fn floats<'a>(
        &mut self,
        name: &'static str,
        shape: &[usize],
        values: impl IntoIterator<Item = &'a f32>,
    ) {
        let column = self.column(name, Dtype::F32, shape);
        column.extend(values.into_iter().flat_map(|v| v.to_le_bytes()));
    }

    /// Adds whole numbers to a column of rows of `shape`.
    pub(super) fn wholes(
        &mut self,
        name: &'static str,
        shape: &[usize],
        values: impl IntoIterator<Item = u32>,
    ) {
        let column = self.column(name, Dtype::U32, shape);
        column.extend(values.into_iter().flat_map(u32::to_le_bytes));
    }

    /// Adds bytes to a column of rows of `shape`.
    pub(super) fn bytes(
        &mut self,
        name: &'static str,
        shape: &[usize],
        values: impl IntoIterator<Item = u8>,
    ) {
        self.column(name, Dtype::U8, shape).extend(values);
    }

    /// Writes all columns, each `[rows, …shape]`.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let views = self
            .columns
            .iter()
            .map(|(name, column)| {
                let row: usize =
                    column.shape.iter().product::<usize>() * column.dtype.bitsize() / 8;
                let shape = std::iter::once(column.bytes.len() / row.max(1))
                    .chain(column.shape.iter().copied())
                    .collect();
                let view = TensorView::new(column.dtype, shape, &column.bytes);
                Ok((*name, view.map_err(io::Error::other)?))
            })
            .collect::<io::Result<Vec<_>>>()?;
        safetensors::serialize_to_file(views, None, path).map_err(io::Error::other)
    }
}
