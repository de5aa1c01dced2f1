using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

/// <summary>What holds for the text, style, prosody and diffusion networks whatever their weights.</summary>
[Collection(nameof(Alone))]
public class NetworkTests
{
    const int Style = 8;
    const int Channels = 24;
    const int Context = 16;

    /// <summary>The networks at a small size, with one call that goes through all of them.</summary>
    sealed class Networks : IDisposable
    {
        readonly TextEncoder _text = new(Channels, 5, 2, 178, blocks: 2);
        readonly StyleEncoder _style = new(8, Style, 16);
        readonly ProsodyPredictor _prosody = new(Style, Channels, 2, 10, 0.2, blocks: 2);
        readonly StyleDiffusion _diffusion = new(new StyleDenoiser(2, 2 * Style, 2, 8, 2, Context, 2 * Style));

        public IEnumerable<nn.Module> All => [_text, _style, _prosody, _diffusion];

        /// <returns>Encoded text (B, C, T), style (B, S), duration logits (B, T, D), pitch and energy (B, 2A), sampled style (B, 1, 2S).</returns>
        public Tensor[] Run(Tensor ids, Tensor lengths, Tensor mel, Tensor context)
        {
            var mask = SequenceMask.Padding(lengths, ids.shape[1]);
            var (batch, phonemes) = (ids.shape[0], ids.shape[1]);
            var text = _text.call(ids, lengths, mask);
            var style = _style.call(mel);
            var encoded = _prosody.Encode(text, style, lengths, mask);
            var contours = _prosody.PitchAndEnergy(encoded.transpose(1, 2).repeat_interleave(2, dim: 2), style);
            var start = linspace(-1, 1, 2 * Style).expand(batch, 1, -1);
            var sampled = new DiffusionSampler().Sample(
                _diffusion, start, start.expand(2, batch, 1, -1), context.narrow(1, 0, phonemes), cat([style, style], 1), 1.5, mask);
            return [text, style, _prosody.Durations(encoded, lengths), contours.F0, contours.Energy, sampled];
        }

        public void Dispose()
        {
            foreach (var network in All)
                network.Dispose();
        }
    }

    static Networks Create(bool training)
    {
        var networks = new Networks();
        foreach (var network in networks.All)
            network.train(training);
        return networks;
    }

    static (Tensor Ids, Tensor Lengths, Tensor Mel, Tensor Context) Batch(params long[] lengths) => (
        randint(1, 178, [lengths.Length, lengths.Max()], dtype: int64), tensor(lengths),
        randn(lengths.Length, 1, 80, 90), randn(lengths.Length, lengths.Max(), Context));

    [Fact]
    public void Evaluation_mode_draws_nothing_at_random()
    {
        using var networks = Create(training: false);
        using var scope = NewDisposeScope();
        var (ids, lengths, mel, context) = Batch(7, 12);
        var before = get_rng_state();
        var first = networks.Run(ids, lengths, mel, context);
        var second = networks.Run(ids, lengths, mel, context);
        Assert.True(before.Equals(get_rng_state()));
        foreach (var (a, b) in first.Zip(second))
            Assert.Equal(0, (a - b).abs().max().item<float>());
    }

    [Fact]
    public void An_item_alone_gives_what_it_gives_in_a_padded_batch()
    {
        using var networks = Create(training: false);
        using var scope = NewDisposeScope();
        var (ids, lengths, mel, context) = Batch(7, 12);
        var together = networks.Run(ids, lengths, mel, context);
        var alone = networks.Run(ids.narrow(0, 0, 1).narrow(1, 0, 7), lengths.narrow(0, 0, 1), mel.narrow(0, 0, 1), context.narrow(0, 0, 1));
        MLstmTests.AssertAgrees(alone[0], together[0].narrow(0, 0, 1).narrow(2, 0, 7));
        MLstmTests.AssertAgrees(alone[1], together[1].narrow(0, 0, 1));
        MLstmTests.AssertAgrees(alone[2], together[2].narrow(0, 0, 1).narrow(1, 0, 7));
        MLstmTests.AssertAgrees(alone[5], together[5].narrow(0, 0, 1));
    }

    [Fact]
    public void No_text_is_too_long()
    {
        using var networks = Create(training: false);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var (ids, lengths, mel, context) = Batch(1300);
        Assert.All(networks.Run(ids, lengths, mel, context), output => Assert.True(output.isfinite().all().item<bool>()));
    }

    [Fact]
    public void A_text_of_one_phoneme_is_long_enough()
    {
        using var networks = Create(training: true);
        using var scope = NewDisposeScope();
        var (ids, lengths, mel, context) = Batch(1);
        var outputs = networks.Run(ids, lengths, mel, context);
        Assert.All(outputs, output => Assert.True(output.isfinite().all().item<bool>()));
        outputs.Select(output => output.square().mean()).Aggregate((a, b) => a + b).backward();
    }

    [Fact]
    public void Training_under_autocast_stays_near_float32_and_gives_every_weight_a_finite_gradient()
    {
        using var networks = Create(training: false);
        using var scope = NewDisposeScope();
        var (ids, lengths, mel, context) = Batch(7, 12);
        var exact = networks.Run(ids, lengths, mel, context);
        using var mixed = Autocast.Enable(DeviceType.CPU);
        var rounded = networks.Run(ids, lengths, mel, context);
        foreach (var (wanted, got) in exact.Zip(rounded))
            MLstmTests.AssertAgrees(wanted, got.to(float32), 0.1);
        rounded.Select(output => output.to(float32).square().mean()).Aggregate((a, b) => a + b).backward();
        foreach (var network in networks.All)
            foreach (var (name, parameter) in network.named_parameters())
            {
                Assert.True(parameter.grad is not null, $"{name}: no gradient");
                Assert.True(parameter.grad!.isfinite().all().item<bool>(), $"{name}: its gradient is not finite");
            }
    }

    [Fact]
    public void Repeated_steps_leave_no_tensor_behind()
    {
        using var networks = Create(training: true);
        using var outer = NewDisposeScope();
        var (ids, lengths, mel, context) = Batch(7, 12);
        void Step()
        {
            using var scope = NewDisposeScope();
            networks.Run(ids, lengths, mel, context).Select(output => output.square().mean()).Aggregate((a, b) => a + b).backward();
        }
        Step();
        var before = Living();
        for (var i = 0; i < 50; i++)
            Step();
        Assert.Equal(before, Living());

        // Without what earlier tests left to the garbage collector.
        static long Living()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Tensor.TotalCount;
        }
    }
}
