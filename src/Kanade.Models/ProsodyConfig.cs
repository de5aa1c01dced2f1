namespace Kanade.Models;

/// <summary>Sizes of <see cref="ProsodyPredictor"/>; the defaults are the original's.</summary>
/// <param name="Layers">LSTMs of the duration encoder.</param>
/// <param name="MaxDuration">The longest duration of a phoneme, in aligner frames.</param>
/// <param name="Dropout">In training.</param>
/// <param name="Blocks">mLSTM blocks of each stack.</param>
/// <param name="Context">mLSTM stacks or LSTMs.</param>
/// <param name="Pitch">What the pitch is predicted as; the original's voices have <see cref="PitchScale.Hz"/>.</param>
public sealed record ProsodyConfig(
    int Layers = 3, int MaxDuration = 50, double Dropout = 0.2, int Blocks = 8, ContextKind Context = ContextKind.MLstm,
        PitchScale Pitch = PitchScale.Log)
{
    /// <summary>The network of these sizes.</summary>
    /// <param name="styleSize">S.</param>
    /// <param name="channels">C.</param>
    public ProsodyPredictor Build(int styleSize, int channels) =>
        new(styleSize, channels, Layers, MaxDuration, Dropout, Blocks, Context, Pitch);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Layers < 1)
            yield return (nameof(Layers), "must be at least 1");
        if (MaxDuration < 1)
            yield return (nameof(MaxDuration), "must be at least 1");
        if (!(Dropout is >= 0 and < 1))
            yield return (nameof(Dropout), "must lie in [0, 1)");
        if (Blocks < 1)
            yield return (nameof(Blocks), "must be at least 1");
    }
}
