using Kanade.Torch;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Kanade.Models;

/// <summary>What <see cref="JdcPitchExtractor"/> finds on the way to the pitch.</summary>
/// <param name="F0">(B, F) fundamental frequency in Hz, of unvoiced frames too: published weights put it near 0 there.</param>
/// <param name="Voicing">(B, F) log odds of being voiced.</param>
/// <param name="Convolutional">(B, 4C, M / 8, F) the last convolutional features before pooling.</param>
/// <param name="Pooled">(B, 4C, F, M / 32) the same after pooling over the mel axis.</param>
public sealed record PitchFeatures(Tensor F0, Tensor Voicing, Tensor Convolutional, Tensor Pooled);

/// <summary>
/// The joint detection and classification network (Kum and Nam 2019, figure 1): one branch for the pitch, here with one regression output as
/// the original has it, and one that detects voice from the features of every depth. The original computes the second and throws it away, so
/// that it never learns; here it decides which frames are voiced. Pooling only ever shrinks the mel axis, so there is one value a frame.
/// Its teachers and pupils count in Hz, which bfloat16 cannot (it steps by 1 Hz at 200 Hz): it computes in float32 under autocast too.
/// </summary>
/// <remarks>
/// Batch normalisation keeps running statistics in training mode: where the network only serves as a teacher, leave it in evaluation mode.
/// </remarks>
public sealed class JdcPitchExtractor : PitchExtractor
{
    const double Slope = 0.01;

    [ComponentName(Name = "conv_block")]
    readonly Sequential _convolutions;
    [ComponentName(Name = "res_block1")]
    readonly PitchResidualBlock _residual1;
    [ComponentName(Name = "res_block2")]
    readonly PitchResidualBlock _residual2;
    [ComponentName(Name = "res_block3")]
    readonly PitchResidualBlock _residual3;
    [ComponentName(Name = "pool_block")]
    readonly Sequential _normalization;
    readonly MaxPool2d _pool;
    readonly BatchDropout _dropout;
    [ComponentName(Name = "bilstm_classifier")]
    readonly LSTM _recurrence;
    [ComponentName(Name = "classifier")]
    readonly Linear _output;

    readonly int _pooledBands;

    [ComponentName(Name = "detector_conv")]
    readonly Sequential _detectorConvolution;
    [ComponentName(Name = "bilstm_detector")]
    readonly LSTM _detectorRecurrence;
    [ComponentName(Name = "detector")]
    readonly Linear _detectorOutput;

    /// <param name="mels">M, the mel bands; at least 32.</param>
    /// <param name="channels">C, the channels of the first convolution; the blocks after it have 2C, 3C and 4C.</param>
    /// <param name="gated">See <see cref="PitchExtractor"/>.</param>
    public JdcPitchExtractor(int mels = 80, int channels = 64, bool gated = true) : base(nameof(JdcPitchExtractor), gated)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mels, 32);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        _pooledBands = mels / 32;
        var pooled = 4 * channels * _pooledBands;
        _convolutions = Sequential(
            ("0", Conv2d(1, channels, 3, padding: 1, bias: false)),
            ("1", new SharedBatchNorm2d(channels)),
            ("2", LeakyReLU(Slope)),
            ("3", Conv2d(channels, channels, 3, padding: 1, bias: false)));
        _residual1 = new PitchResidualBlock(channels, 2 * channels, Slope);
        _residual2 = new PitchResidualBlock(2 * channels, 3 * channels, Slope);
        _residual3 = new PitchResidualBlock(3 * channels, 4 * channels, Slope);
        _normalization = Sequential(("0", new SharedBatchNorm2d(4 * channels)), ("1", LeakyReLU(Slope)));
        _pool = MaxPool2d([1, 4]);
        _dropout = new BatchDropout(0.2);
        _recurrence = LSTM(pooled, 4 * channels, batchFirst: true, bidirectional: true);
        _output = Linear(8 * channels, 1);
        _detectorConvolution = Sequential(
            ("0", Conv2d(10 * channels, 4 * channels, 1, bias: false)),
            ("1", new SharedBatchNorm2d(4 * channels)));
        _detectorRecurrence = LSTM(pooled, 4 * channels, batchFirst: true, bidirectional: true);
        _detectorOutput = Linear(8 * channels, 2);
        RegisterComponents();
        Initialize();
    }

    /// <inheritdoc/>
    public override PitchReading Read(Tensor mel)
    {
        using var scope = NewDisposeScope();
        var features = Features(mel);
        return new PitchReading(features.F0.MoveToOuterDisposeScope(), features.Voicing.MoveToOuterDisposeScope(), null);
    }

    /// <summary>The pitch, the voicing, and the features that they were read from.</summary>
    /// <param name="mel">(B, 1, M, F) normalised log mel spectrogram.</param>
    public PitchFeatures Features(Tensor mel)
    {
        using var scope = NewDisposeScope();
        using var precision = Autocast.Disable(mel.device_type);
        var first = _convolutions.forward(mel.to(ScalarType.Float32).transpose(-1, -2));  // (B, C, F, M)
        var second = _residual1.forward(first);                                           // (B, 2C, F, M/2)
        var third = _residual2.forward(second);                                           // (B, 3C, F, M/4)
        var last = _normalization.forward(_residual3.forward(third));                     // (B, 4C, F, M/8)
        var convolutional = last.transpose(-1, -2);                                       // (B, 4C, M/8, F)
        var pooled = _dropout.forward(_pool.forward(last));                               // (B, 4C, F, M/32)
        var f0 = _output.forward(Recur(_recurrence, pooled)).squeeze(-1).abs();           // (B, F)

        var depths = cat([Pool(first), Pool(second), Pool(third), pooled], 1);            // (B, 10C, F, M/32)
        var detected = _dropout.forward(functional.leaky_relu(_detectorConvolution.forward(depths), Slope));
        var odds = _detectorOutput.forward(Recur(_detectorRecurrence, detected));         // (B, F, 2): unvoiced, voiced
        var voicing = odds.select(-1, 1) - odds.select(-1, 0);                            // (B, F)
        return new PitchFeatures(
            f0.MoveToOuterDisposeScope(), voicing.MoveToOuterDisposeScope(), convolutional.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());

        // The largest in each of M / 32 parts of the mel axis.
        Tensor Pool(Tensor x) => functional.adaptive_max_pool2d(x, [x.shape[2], _pooledBands]);

        // (B, C, F, M) to (B, F, 2H)
        static Tensor Recur(LSTM recurrence, Tensor x) => recurrence.forward(x.permute(0, 2, 1, 3).flatten(2)).Item1;
    }

    void Initialize()
    {
        foreach (var module in modules())
        {
            if (module is Linear linear)
            {
                init.kaiming_uniform_(linear.weight);
                init.zeros_(linear.bias!);
            }
            else if (module is Conv2d convolution)
            {
                init.xavier_normal_(convolution.weight);
            }
            else if (module is LSTM)
            {
                foreach (var (_, weight) in module.named_parameters())
                    if (weight.dim() == 2)
                        init.orthogonal_(weight);
            }
        }
    }
}

/// <summary>Halves the mel axis, then two 3 × 3 convolutions with a 1 × 1 shortcut (Kum and Nam 2019, figure 1b).</summary>
sealed class PitchResidualBlock : Module<Tensor, Tensor>
{
    [ComponentName(Name = "pre_conv")]
    readonly Sequential _normalizeAndHalve;
    [ComponentName(Name = "conv")]
    readonly Sequential _convolutions;
    [ComponentName(Name = "conv1by1")]
    readonly Conv2d _shortcut;

    public PitchResidualBlock(int inputs, int outputs, double slope) : base(nameof(PitchResidualBlock))
    {
        _normalizeAndHalve = Sequential(("0", new SharedBatchNorm2d(inputs)), ("1", LeakyReLU(slope)), ("2", MaxPool2d([1, 2])));
        _convolutions = Sequential(
            ("0", Conv2d(inputs, outputs, 3, padding: 1, bias: false)),
            ("1", new SharedBatchNorm2d(outputs)),
            ("2", LeakyReLU(slope)),
            ("3", Conv2d(outputs, outputs, 3, padding: 1, bias: false)));
        _shortcut = Conv2d(inputs, outputs, 1, bias: false);
        RegisterComponents();
    }

    /// <param name="x">(B, C, F, M)</param>
    /// <returns>(B, C′, F, M / 2)</returns>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var halved = _normalizeAndHalve.forward(x);
        return (_convolutions.forward(halved) + _shortcut.forward(halved)).MoveToOuterDisposeScope();
    }
}
