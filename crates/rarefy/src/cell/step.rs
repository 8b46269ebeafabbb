//! The buffers of one step of a cell.

/// Buffers of one step forward, `[H][N]` unless stated otherwise. The memory's buffers are empty
/// for cells without a memory.
pub struct Forward<'a> {
    /// `[S * H][N]`: pre-activations in, activations out.
    pub slots: &'a mut [f32],
    /// Hidden state before the step.
    pub hidden_before: &'a [f32],
    /// Out: hidden state after the step.
    pub hidden: &'a mut [f32],
    /// Memory before the step.
    pub memory_before: &'a [f32],
    /// Out: memory after the step.
    pub memory: &'a mut [f32],
}

/// Buffers of one step backward, `[H][N]` unless stated otherwise. The memory's buffers are empty
/// for cells without a memory.
pub struct Backward<'a> {
    /// `[S * H][N]`: activations in, gradient at the pre-activations out.
    pub slots: &'a mut [f32],
    /// Hidden state before the step.
    pub hidden_before: &'a [f32],
    /// Hidden state after the step.
    pub hidden: &'a [f32],
    /// Memory before the step.
    pub memory_before: &'a [f32],
    /// Memory after the step.
    pub memory: &'a [f32],
    /// Gradient at the block's output, which is the hidden state after the step.
    pub output_gradient: &'a [f32],
    /// In: gradient at the hidden state after the step, from later steps. Out: gradient at the
    /// hidden state before the step, without the part that goes through `weight_hh`.
    pub hidden_gradient: &'a mut [f32],
    /// In: gradient at the memory after the step, from later steps. Out: gradient at the memory
    /// before the step.
    pub memory_gradient: &'a mut [f32],
}

/// The slots of a cell that has four of them, each `[H][N]`.
pub(super) fn slots_of(slots: &mut [f32]) -> [&mut [f32]; 4] {
    let state = slots.len() / 4;
    let mut slots = slots.chunks_exact_mut(state);
    std::array::from_fn(|_| slots.next().expect("four slots"))
}
