using Kanade.Models;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public class StyleEncoderTests
{
    const int Forwards = 3, Steps = 4;

    [Fact]
    public void Any_number_of_forwards_between_two_steps_makes_one_power_iteration()
    {
        using var scope = NewDisposeScope();
        using var encoder = Create();
        using var optimiser = Optimiser(encoder);
        for (var step = 0; step < Steps; step++)
        {
            var before = Copy(encoder);
            Train(encoder, optimiser, step);
            AssertSame(before.Where(IsEstimate), Copy(encoder).Where(IsEstimate));

            // The original's way, on the weights as they now are: one forward, one iteration.
            using var original = new StyleEncoder(4, 8, 8);
            original.load_state_dict(Copy(encoder));
            original.train();
            using (no_grad())
                original.call(MelOf(step));
            encoder.FollowWeights();
            AssertSame(Copy(original), Copy(encoder));
            Assert.False(before["shared.0.weight_u"].equal(Copy(encoder)["shared.0.weight_u"]).all().item<bool>());
        }
    }

    [Fact]
    public void A_saved_state_goes_on_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var encoder = Create();
        using var optimiser = Optimiser(encoder);
        Train(encoder, optimiser, 0);
        encoder.FollowWeights();

        using var resumed = Create();
        using var resumedOptimiser = Optimiser(resumed);
        resumed.load_state_dict(Copy(encoder));
        var moments = optimiser.State();
        using (no_grad())
        {
            foreach (var (name, moment) in resumedOptimiser.State())
                moment.copy_(moments[name]);
        }
        for (var step = 1; step < Steps; step++)
        {
            foreach (var (network, moved) in new[] { (encoder, optimiser), (resumed, resumedOptimiser) })
            {
                Train(network, moved, step);
                network.FollowWeights();
            }
            AssertSame(Copy(encoder), Copy(resumed));
        }
    }

    static StyleEncoder Create()
    {
        var encoder = new StyleEncoder(4, 8, 8);
        encoder.KeepNormsInForward();
        encoder.train();
        return encoder;
    }

    static FusedAdamW Optimiser(StyleEncoder encoder) =>
        new(encoder.named_parameters().Select(p => (p.name, p.parameter)), new AdamWConfig());

    static void Train(StyleEncoder encoder, FusedAdamW optimiser, int step)
    {
        for (var i = 0; i < Forwards; i++)
            encoder.call(MelOf(step)).square().mean().backward();
        optimiser.Step(1e-2);
        optimiser.ZeroGradients();
    }

    static Tensor MelOf(int step) => randn([2, 1, 80, 80], generator: new Generator((ulong)step));

    static bool IsEstimate(KeyValuePair<string, Tensor> entry) =>
        entry.Key.EndsWith("weight_u", StringComparison.Ordinal) || entry.Key.EndsWith("weight_v", StringComparison.Ordinal);

    static Dictionary<string, Tensor> Copy(StyleEncoder encoder) =>
        encoder.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());

    static void AssertSame(IEnumerable<KeyValuePair<string, Tensor>> expected, IEnumerable<KeyValuePair<string, Tensor>> actual)
    {
        var found = actual.ToDictionary();
        Assert.All(expected, entry => Assert.True(entry.Value.equal(found[entry.Key]).all().item<bool>(), entry.Key));
    }
}
