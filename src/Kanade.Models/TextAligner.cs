using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>What the aligner says of a recording and its text. An aligner frame is two mel frames.</summary>
/// <param name="CtcLogits">(B, A, V) symbol at each frame, for the CTC loss.</param>
/// <param name="TokenLogits">(B, T + 1, V) symbol at each step of the decoder; step t predicts token t, the last the end.</param>
/// <param name="Attention">(B, T + 1, A) where each step listens; rows sum to 1. Row t + 1 was read with token t known.</param>
public sealed record Alignment(Tensor CtcLogits, Tensor TokenLogits, Tensor Attention);

/// <summary>
/// Aligns text with speech: a convolutional recogniser with a CTC output, and beside it a decoder with location-sensitive attention
/// (Chorowski et al. 2015) that is told the text and shows where it listens; its attention becomes the durations (StyleTTS 2, section 3.2.1).
/// </summary>
/// <remarks>
/// Two behaviours of the published code are absent. It replaced a tenth of the tokens by "unknown" at random, in evaluation too: here
/// <see cref="MaskTokens"/> does so, with draws of the caller's, in training only. And a row whose frames are all padding gives zeros, not NaN.
/// </remarks>
public sealed class TextAligner : Module<Tensor, Tensor, Tensor?, Alignment>
{
    /// <summary>The symbol that masked tokens become; in training it stands for "not told".</summary>
    public const int UnknownSymbol = 3;

    [ComponentName(Name = "to_mfcc")]
    readonly CosineTransform _cepstrum;
    [ComponentName(Name = "init_cnn")]
    readonly Sequential _input;
    [ComponentName(Name = "cnns")]
    readonly Sequential _convolutions;
    [ComponentName(Name = "projection")]
    readonly Sequential _projection;
    [ComponentName(Name = "ctc_linear")]
    readonly Sequential _ctc;
    [ComponentName(Name = "asr_s2s")]
    readonly AlignmentDecoder _decoder;

    /// <param name="mels">M, the mel bands; half as many cepstral coefficients are kept.</param>
    /// <param name="hidden">Channels of the convolutions, a multiple of 8; the decoder has half of them.</param>
    /// <param name="symbols">V, the symbol table's size.</param>
    /// <param name="embedding">Size of a symbol's embedding.</param>
    /// <param name="layers">Convolution blocks.</param>
    public TextAligner(int mels, int hidden, int symbols, int embedding, int layers) : base(nameof(TextAligner))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hidden % 8, 0);
        _cepstrum = new CosineTransform(mels, mels / 2);
        _input = AlignerLayers.Convolution(mels / 2, hidden, 7, stride: 2);
        _convolutions = Sequential([.. Enumerable.Range(0, layers).Select(i =>
            (i.ToString(System.Globalization.CultureInfo.InvariantCulture), Block(hidden)))]);
        _projection = AlignerLayers.Convolution(hidden, hidden / 2, 1);
        _ctc = Sequential(
            ("0", AlignerLayers.Linear(hidden / 2, hidden)),
            ("1", ReLU()),
            ("2", AlignerLayers.Linear(hidden, symbols)));
        _decoder = new AlignmentDecoder(hidden / 2, symbols, embedding);
        RegisterComponents();
    }

    /// <summary>Replaces tokens at random, so that the decoder has to listen and cannot only continue the text. For training.</summary>
    /// <param name="ids">(B, T) int64 symbols.</param>
    /// <param name="draws">(B, T) uniform in [0, 1).</param>
    /// <param name="probability">How many are replaced; published systems take 0.1.</param>
    /// <returns>(B, T) int64</returns>
    public static Tensor MaskTokens(Tensor ids, Tensor draws, double probability = 0.1)
    {
        using var masked = draws < probability;
        return ids.masked_fill(masked, UnknownSymbol);
    }

    /// <param name="mel">(B, M, F) normalised log mel spectrogram.</param>
    /// <param name="ids">(B, T) int64 symbols.</param>
    /// <param name="mask">(B, A) bool, true where an aligner frame is padding; null without padding. A = (F + 1) / 2.</param>
    public override Alignment forward(Tensor mel, Tensor ids, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var features = Features(mel).transpose(1, 2);                   // (B, A, H)
        var ctc = _ctc.forward(features);                               // (B, A, V)
        var (logits, attention) = _decoder.forward(features, ids, mask);
        return new Alignment(ctc.MoveToOuterDisposeScope(), logits.MoveToOuterDisposeScope(), attention.MoveToOuterDisposeScope());
    }

    /// <summary>The recogniser alone.</summary>
    /// <param name="mel">(B, M, F)</param>
    /// <returns>(B, A, V) CTC logits.</returns>
    public Tensor Recognize(Tensor mel)
    {
        using var scope = NewDisposeScope();
        return _ctc.forward(Features(mel).transpose(1, 2)).MoveToOuterDisposeScope();
    }

    /// <summary>What both outputs read.</summary>
    /// <param name="mel">(B, M, F)</param>
    /// <returns>(B, hidden / 2, A)</returns>
    public Tensor Features(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var x = _input.forward(_cepstrum.forward(mel));                 // (B, hidden, A)
        return _projection.forward(_convolutions.forward(x)).MoveToOuterDisposeScope();
    }

    static Module<Tensor, Tensor> Block(int channels) =>
        Sequential(("0", new AlignerConvolutionBlock(channels)), ("1", AlignerLayers.GroupNormalization(1, channels)));
}

/// <summary>Three residual pairs of convolutions, of dilation 1, 3 and 9.</summary>
sealed class AlignerConvolutionBlock : Module<Tensor, Tensor>
{
    static readonly int[] Dilations = [1, 3, 9];

    [ComponentName(Name = "blocks")]
    readonly ModuleList<Module<Tensor, Tensor>> _blocks;

    public AlignerConvolutionBlock(int channels) : base(nameof(AlignerConvolutionBlock))
    {
        _blocks = new ModuleList<Module<Tensor, Tensor>>([.. Dilations.Select(dilation => Sequential(
            ("0", AlignerLayers.Convolution(channels, channels, 3, dilation: dilation)),
            ("1", ReLU()),
            ("2", AlignerLayers.GroupNormalization(8, channels)),
            ("3", new BatchDropout(0.2)),
            ("4", AlignerLayers.Convolution(channels, channels, 3)),
            ("5", ReLU()),
            ("6", new BatchDropout(0.2))))]);
        RegisterComponents();
    }

    /// <param name="x">(B, C, A)</param>
    /// <returns>(B, C, A)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x;
        foreach (var block in _blocks)
            y = block.forward(y) + y; // not in place: the last ReLU keeps its output for backward
        return y.MoveToOuterDisposeScope();
    }
}

/// <summary>The discrete cosine transform (type II, orthonormal) of a log mel spectrogram, its first coefficients: the cepstrum.</summary>
sealed class CosineTransform : Module<Tensor, Tensor>
{
    [ComponentName(Name = "dct_mat")]
    readonly Tensor _basis;

    public CosineTransform(int mels, int coefficients) : base(nameof(CosineTransform))
    {
        var basis = new float[mels * coefficients];
        for (var band = 0; band < mels; band++)
        {
            for (var k = 0; k < coefficients; k++)
                basis[band * coefficients + k] =
                    (float)(Math.Cos(Math.PI / mels * (band + 0.5) * k) * Math.Sqrt(2.0 / mels) * (k == 0 ? Math.Sqrt(0.5) : 1));
        }
        _basis = tensor(basis, [mels, coefficients]);
        RegisterComponents();
    }

    /// <param name="mel">(B, M, F)</param>
    /// <returns>(B, M / 2, F)</returns>
    public override Tensor forward(Tensor mel) => einsum("bmf,mk->bkf", mel, _basis);
}

/// <summary>Layers under the wrappers that the published state names come from, with their Xavier initialisation.</summary>
static class AlignerLayers
{
    public static Sequential Convolution(int inputs, int outputs, int kernel, int stride = 1, int dilation = 1, bool bias = true)
    {
        var layer = Conv1d(inputs, outputs, kernel, stride: stride, padding: dilation * (kernel - 1) / 2, dilation: dilation, bias: bias);
        init.xavier_uniform_(layer.weight);
        return Sequential(("conv", layer));
    }

    /// <param name="inputs">Inputs.</param>
    /// <param name="outputs">Outputs.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="gain">5/3 before a tanh.</param>
    public static Sequential Linear(int inputs, int outputs, bool bias = true, double gain = 1)
    {
        var layer = nn.Linear(inputs, outputs, hasBias: bias);
        init.xavier_uniform_(layer.weight, gain);
        return Sequential(("linear_layer", layer));
    }

    /// <summary>TorchSharp 0.107 leaves the weights of a new GroupNorm as the memory was.</summary>
    public static GroupNorm GroupNormalization(int groups, int channels)
    {
        var layer = GroupNorm(groups, channels);
        init.ones_(layer.weight);
        init.zeros_(layer.bias!);
        return layer;
    }
}
