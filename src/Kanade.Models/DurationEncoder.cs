using Kanade.Models.Layers;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Mixes the prosodic style into phoneme encodings: bidirectional LSTMs, each followed by a style-conditioned layer norm, with the style
/// appended to every position before each (StyleTTS 2, Li et al. 2023, section 3.1, "prosodic text encoder").</summary>
public sealed class DurationEncoder : nn.Module
{
    [ComponentName(Name = "lstms")] readonly ModuleList<nn.Module> _layers;
    readonly double _dropout;

    /// <param name="styleSize">S.</param>
    /// <param name="channels">C; even, since half of it goes each way in time.</param>
    /// <param name="layers">Number of LSTMs.</param>
    /// <param name="dropout">Probability, in training mode, of zeroing an output of an LSTM.</param>
    public DurationEncoder(int styleSize, int channels, int layers, double dropout) : base(nameof(DurationEncoder))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels % 2, 0);
        _layers = [];
        for (var i = 0; i < layers; i++)
        {
            _layers.Add(nn.LSTM(channels + styleSize, channels / 2, batchFirst: true, bidirectional: true));
            _layers.Add(new AdaptiveLayerNorm(styleSize, channels));
        }
        _dropout = dropout;
        RegisterComponents();
    }

    /// <param name="texts">(B, C, T) phoneme encodings.</param>
    /// <param name="style">(B, S) prosodic styles.</param>
    /// <param name="lengths">(B) int64 phonemes of each item.</param>
    /// <param name="mask">(B, T) bool, true where padding.</param>
    /// <returns>(B, T, C + S), zero where padding.</returns>
    public Tensor Encode(Tensor texts, Tensor style, Tensor lengths, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var padding = mask.unsqueeze(-1);                                           // (B, T, 1)
        var everywhere = style.unsqueeze(1).expand(-1, texts.shape[2], -1);         // (B, T, S)
        var onHost = lengths.cpu();

        var x = WithStyle(texts.transpose(1, 2), everywhere, padding);              // (B, T, C + S)
        for (var i = 0; i < _layers.Count; i += 2)
        {
            var hidden = F.dropout(PackedRecurrence.Run((LSTM)_layers[i], x, onHost), _dropout, training);     // (B, T, C)
            hidden = ((AdaptiveLayerNorm)_layers[i + 1]).call(hidden, style);
            x = WithStyle(hidden, everywhere, padding);
        }
        return x.MoveToOuterDisposeScope();
    }

    static Tensor WithStyle(Tensor x, Tensor style, Tensor padding) =>
        cat([x, style.to(x.dtype)], dim: -1).masked_fill(padding, 0);
}
