using Kanade.Models.Layers;
using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Kanade.Models;

/// <summary>Encodes phonemes for the decoder: embedding, convolutions, and context by mLSTM blocks at half width after Tsukasa or by the LSTM
/// of StyleTTS 2 (Li et al. 2023, section 3.1). Texts of any length.</summary>
public sealed class TextEncoder : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "embedding")] readonly Embedding _embedding;
    [ComponentName(Name = "cnn")] readonly ModuleList<TextConvolution> _convolutions;
    [ComponentName(Name = "prepare_projection")] readonly XavierLinear? _narrow;
    [ComponentName(Name = "lstm")] readonly nn.Module _context;
    [ComponentName(Name = "post_projection")] readonly XavierLinear? _widen;

    /// <param name="channels">C; even.</param>
    /// <param name="kernelSize">Phonemes that a convolution sees; odd.</param>
    /// <param name="depth">Number of convolutions.</param>
    /// <param name="symbols">V.</param>
    /// <param name="blocks">Number of mLSTM blocks.</param>
    /// <param name="context">mLSTM blocks, or one LSTM.</param>
    public TextEncoder(int channels, int kernelSize, int depth, int symbols, int blocks = 8, ContextKind context = ContextKind.MLstm) : base(nameof(TextEncoder))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels % 2, 0);
        ArgumentOutOfRangeException.ThrowIfNotEqual(kernelSize % 2, 1);
        _embedding = nn.Embedding(symbols, channels);
        _convolutions = new ModuleList<TextConvolution>(
            [.. Enumerable.Range(0, depth).Select(_ => new TextConvolution(channels, kernelSize))]);
        if (context == ContextKind.MLstm)
            (_narrow, _context, _widen) = (new XavierLinear(channels, channels / 2), new MLstmStack(channels / 2, blocks), new XavierLinear(channels / 2, channels));
        else
            _context = nn.LSTM(channels, channels / 2, batchFirst: true, bidirectional: true);
        RegisterComponents();
    }

    /// <param name="ids">(B, T) int64 symbol ids.</param>
    /// <param name="lengths">(B) int64; what <paramref name="mask"/> says too. The mLSTM is causal and has no use for them; the LSTM comes back from there.</param>
    /// <param name="mask">(B, T) bool, true where padding.</param>
    /// <returns>(B, C, T), zero where padding.</returns>
    public override Tensor forward(Tensor ids, Tensor lengths, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var padding = mask.unsqueeze(1);                                            // (B, 1, T)
        var x = _embedding.call(ids).transpose(1, 2).masked_fill(padding, 0);       // (B, C, T)
        foreach (var convolution in _convolutions)
            x = convolution.call(x).masked_fill(padding, 0);
        x = x.transpose(1, 2);                                                      // (B, T, C)
        x = _context is MLstmStack stack
            ? _widen!.call(stack.call(_narrow!.call(x)))
            : PackedRecurrence.Run((LSTM)_context, x, lengths.cpu());
        return x.transpose(1, 2).masked_fill(padding, 0).MoveToOuterDisposeScope();
    }
}

/// <summary>One convolution of the text encoder with its norm and dropout.</summary>
internal sealed class TextConvolution : nn.Module<Tensor, Tensor>
{
    const double Slope = 0.2;
    const double Dropout = 0.2;

    [ComponentName(Name = "0")] readonly WeightNormConv1d _conv;
    [ComponentName(Name = "1")] readonly ChannelLayerNorm _norm;

    public TextConvolution(int channels, int kernelSize) : base(nameof(TextConvolution))
    {
        _conv = new WeightNormConv1d(channels, channels, kernelSize, padding: kernelSize / 2);
        _norm = new ChannelLayerNorm(channels);
        RegisterComponents();
    }

    /// <param name="x">(B, C, T).</param>
    /// <returns>(B, C, T).</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = F.leaky_relu(_norm.call(_conv.call(x)), Slope);
        return F.dropout(y, Dropout, training).MoveToOuterDisposeScope();
    }
}
