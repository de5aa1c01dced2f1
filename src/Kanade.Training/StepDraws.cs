using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Training;

/// <summary>What a draw is for; every purpose has its own stream.</summary>
public enum Draw
{
    /// <summary>Dropout, the one draw that libtorch makes itself.</summary>
    Dropout,

    /// <summary>Where segments are cut.</summary>
    Crop,

    /// <summary>Noise of the harmonic source.</summary>
    Source,

    /// <summary>Masks of tokens.</summary>
    Mask,

    /// <summary>Noise of the style diffusion.</summary>
    Diffusion,

    /// <summary>Choices between two ways of a step.</summary>
    Choice,

    /// <summary>Initial weights.</summary>
    Weights,

    /// <summary>From where in a recording its style is taken.</summary>
    Style,

    /// <summary>What the discriminators look at.</summary>
    Judged,

    /// <summary>Texts, styles and places of the speech that the SLM discriminator judges.</summary>
    Slm,
}

/// <summary>
/// What is random in a step (or in one of its accumulated batches): a function of seed, step and purpose. Draws with a row for each
/// utterance are made for the whole batch, of which a process takes its rows, so that an utterance's draw does not depend on how many
/// processes share the batch.
/// </summary>
/// <param name="seed">The run's.</param>
/// <param name="step">From 0.</param>
/// <param name="part">Which of the step's accumulated batches, from 0.</param>
/// <param name="group">The processes that share the batch.</param>
public sealed class StepDraws(long seed, long step, int part, IProcessGroup group)
{
    /// <summary>A seed for one purpose.</summary>
    public long Seed(Draw purpose) =>
        part == 0 ? CounterSeed.Of(seed, step, (long)purpose) : CounterSeed.Of(seed, step, (long)purpose, part);

    /// <summary>A managed generator for one purpose, the same in every process.</summary>
    public Random Random(Draw purpose) => new((int)(Seed(purpose) & int.MaxValue));

    /// <summary>Standard normal numbers.</summary>
    /// <param name="purpose">What for.</param>
    /// <param name="index">Tells several draws for one purpose apart.</param>
    /// <param name="shape">(B, …) with this process's rows.</param>
    public Tensor Normal(Draw purpose, int index, params long[] shape) =>
        OfWhole(purpose, index, shape, (whole, generator) => randn(whole, generator: generator));

    /// <summary>Numbers in [0, 1).</summary>
    /// <inheritdoc cref="Normal"/>
    public Tensor Uniform(Draw purpose, int index, params long[] shape) =>
        OfWhole(purpose, index, shape, (whole, generator) => rand(whole, generator: generator));

    Tensor OfWhole(Draw purpose, int index, long[] shape, Func<long[], Generator, Tensor> draw)
    {
        using var generator = new Generator((ulong)CounterSeed.Of(Seed(purpose), index), CPU);
        return group.Rows(draw([shape[0] * group.World, .. shape[1..]], generator));
    }
}
