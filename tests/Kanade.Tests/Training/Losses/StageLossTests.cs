using Kanade.Audio;
using Kanade.Models;
using Kanade.Tests.Parity;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Training.Losses;

public sealed class StageLossTests
{
    [Fact]
    public void Duration_pitch_energy_and_token_losses_equal_the_original()
    {
        using var golden = Golden.Load("stage_losses");
        using var scope = NewDisposeScope();
        var (lengths, durations) = (golden["in.lengths"], golden["in.d_gt"]);
        var logits = golden["in.d"].requires_grad_(true);
        var crossEntropy = DurationLoss.CrossEntropy(logits, durations, lengths);
        var distance = DurationLoss.L1(logits, durations, lengths);
        golden.AssertClose("out.loss_ce", crossEntropy, 1e-6);
        golden.AssertClose("out.loss_dur", distance, 1e-6);
        (20 * crossEntropy + distance).backward();
        golden.AssertGradient("grad.in.d", logits.grad!);
        golden.AssertClose("out.loss_F0", ProsodyLoss.Pitch(golden["in.F0_fake"], golden["in.F0_real"]), 1e-6);
        golden.AssertClose("out.log_norm", Energy.FromMel(golden["in.mel"].squeeze(1)), 1e-6);
        golden.AssertClose("out.loss_s2s", AlignmentLoss.Tokens(golden["in.s2s_logit"], golden["in.tokens"], lengths), 1e-6);
    }

    [Fact]
    public void The_differentiable_alignment_equals_the_original()
    {
        using var golden = Golden.Load("slmadv_duration");
        using var scope = NewDisposeScope();
        var logits = golden["in.d"].requires_grad_(true);
        var alignment = DurationAlignment.Soft(logits.unsqueeze(0), tensor(new[] { 7L }), sigma: 1.5);
        Assert.Equal(golden["out.length"].item<long>(), alignment.Frames.item<long>());
        golden.AssertClose("out.attn", alignment.Attention[0], 1e-5);
        var loss = alignment.Attention.square().mean();
        golden.AssertClose("loss", loss, 1e-6);
        loss.backward();
        golden.AssertGradient("grad.in.d", logits.grad!);
    }

    [Fact]
    public void An_utterance_is_aligned_the_same_alone_and_in_a_padded_batch()
    {
        using var golden = Golden.Load("slmadv_duration");
        using var scope = NewDisposeScope();
        var item = golden["in.d"];                                                   // (7, 50)
        var padded = nn.functional.pad(item.narrow(0, 0, 4), [0L, 0L, 0L, 3L], value: 100);
        var alone = DurationAlignment.Soft(item.narrow(0, 0, 4).unsqueeze(0), tensor(new[] { 4L }), 1.5);
        var together = DurationAlignment.Soft(stack([item, padded]), tensor(new[] { 7L, 4L }), 1.5);
        var frames = alone.Frames.item<long>();
        Assert.Equal(frames, together.Frames[1].item<long>());
        Golden.AssertClose(alone.Attention[0], together.Attention[1].narrow(0, 0, 4).narrow(1, 0, frames), 1e-6);
        Assert.Equal(0, together.Attention[1].narrow(0, 4, 3).abs().max().item<float>());
        Assert.Equal(0, together.Attention[1].narrow(1, frames, together.Attention.shape[2] - frames).abs().sum().item<float>());
    }

    [Fact]
    public void A_perfect_duration_costs_nothing_and_padding_never_counts()
    {
        using var scope = NewDisposeScope();
        var durations = tensor(new float[,] { { 2, 3, 1, 4 }, { 1, 2, 5, 0 } });
        var exceeds = arange(6).lt(durations.unsqueeze(2));
        var logits = where(exceeds, tensor(40f), tensor(-40f));
        var lengths = tensor(new[] { 4L, 3L });
        Assert.Equal(0, DurationLoss.CrossEntropy(logits, durations, lengths).item<float>(), 1e-6);
        Assert.Equal(0, DurationLoss.L1(logits, durations, lengths).item<float>(), 1e-5);
        logits[1, 3] = float.PositiveInfinity;
        Assert.Equal(0, DurationLoss.CrossEntropy(logits, durations, lengths).item<float>(), 1e-6);
        // one frame too long at the second symbol of the first utterance, of which symbols 1 and 2 count: 1/2, halved over two utterances
        logits[0, 1, 3] = 40;
        Assert.Equal(0.25f, DurationLoss.L1(logits, durations, lengths).item<float>(), 1e-5);
    }

    [Fact]
    public void The_monotonic_loss_is_that_of_the_reference_where_nothing_is_padded()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var soft = rand(2, 4, 9);
        var hard = rand(2, 4, 9).gt(0.7).to(float32);
        var reference = AlignmentLoss.Monotonic(soft, hard);
        Assert.Equal((soft - hard).abs().mean().item<float>() * 10, reference.item<float>(), 1e-5);
        var whole = AlignmentLoss.Monotonic(soft, hard, tensor(new[] { 4L, 4L }), tensor(new[] { 9L, 9L }));
        Assert.Equal(reference.item<float>(), whole.item<float>(), 1e-5);
        var first = AlignmentLoss.Monotonic(soft.narrow(0, 0, 1), hard.narrow(0, 0, 1), tensor(new[] { 3L }), tensor(new[] { 5L }));
        Assert.Equal((soft - hard)[0].narrow(0, 0, 3).narrow(1, 0, 5).abs().mean().item<float>() * 10, first.item<float>(), 1e-5);
    }

    [Fact]
    public void The_ctc_loss_of_a_certain_path_is_zero_and_an_impossible_one_is_left_out()
    {
        using var scope = NewDisposeScope();
        long[] path = [16, 5, 5, 16, 7, 16];
        var logits = full(1, 6, 20, -50f);
        for (var frame = 0; frame < path.Length; frame++)
            logits[0, frame, path[frame]] = 50;
        var ids = tensor(new long[] { 16, 5, 7, 16 }, 1, 4);
        Assert.Equal(0, AlignmentLoss.Ctc(logits, tensor(new[] { 6L }), ids, tensor(new[] { 4L }), blank: 16).item<float>(), 1e-4);
        Assert.Equal(0, AlignmentLoss.Ctc(logits, tensor(new[] { 1L }), ids, tensor(new[] { 4L }), blank: 16).item<float>());
    }

    [Fact]
    public void A_short_text_in_a_long_recording_is_not_likelier_than_certain()
    {
        using var scope = NewDisposeScope();
        var logits = full(2, 41, 20, -50f);
        logits[.., .., 16] = 50;
        logits[.., 20, 16] = -50;
        logits[.., 20, 5] = 50;
        var ids = tensor(new long[] { 16, 5, 16, 16, 5, 16 }, 2, 3);
        Assert.Equal(0, AlignmentLoss.Ctc(logits, tensor(new[] { 41L, 41 }), ids, tensor(new[] { 3L, 3 }), blank: 16).item<float>(), 1e-4);
    }

    [Fact]
    public void Slm_features_are_the_mean_over_layers_of_relative_distances_and_consistency_compares_what_both_have()
    {
        using var scope = NewDisposeScope();
        var recorded = cat([full(2, 4, 5, 2f), ones(2, 4, 5), full(2, 4, 5, -4f)], 1);
        var generated = cat([ones(2, 4, 5), ones(2, 4, 5), full(2, 4, 5, 4f)], 1);
        Assert.Equal((0.5f + 0 + 2) / 3, SlmLoss.Features(recorded, generated, layers: 3).item<float>(), 1e-5);
        Assert.Equal(0.25f + 4, SlmLoss.Discriminator(full(2, 5, 0.5f), full(2, 7, 2f)).item<float>(), 1e-5);
        Assert.Equal(1, SlmLoss.Generator(full(2, 7, 2f)).item<float>(), 1e-5);
        Assert.Equal(1.5f, SlmLoss.Consistency(full(2, 5, 0.5f), full(2, 7, 2f)).item<float>(), 1e-5);
    }
}
