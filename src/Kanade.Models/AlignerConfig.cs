namespace Kanade.Models;

/// <summary>Sizes of <see cref="TextAligner"/>; the defaults are the original's.</summary>
/// <param name="Hidden">Channels of the convolutions, a multiple of 8.</param>
/// <param name="Embedding">Size of a symbol's embedding.</param>
/// <param name="Layers">Convolution blocks.</param>
public sealed record AlignerConfig(int Hidden = 256, int Embedding = 512, int Layers = 6)
{
    /// <summary>The network of these sizes.</summary>
    /// <param name="mels">Mel bands.</param>
    /// <param name="symbols">The symbol table's size.</param>
    public TextAligner Build(int mels, int symbols) => new(mels, Hidden, symbols, Embedding, Layers);

    /// <summary>What contradicts itself, by key.</summary>
    public IEnumerable<(string Key, string Problem)> Check()
    {
        if (Hidden < 8 || Hidden % 8 != 0)
            yield return (nameof(Hidden), "must be a multiple of 8");
        if (Embedding < 1)
            yield return (nameof(Embedding), "must be at least 1");
        if (Layers < 1)
            yield return (nameof(Layers), "must be at least 1");
    }
}
