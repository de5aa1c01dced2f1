using Kanade.Models;
using static TorchSharp.torch;

namespace Kanade.Tests.Parity;

public class ProsodyParity
{
    [Fact]
    public void The_duration_encoder_equals_the_original()
    {
        using var golden = Golden.Load("duration_encoder");
        using var encoder = new DurationEncoder(styleSize: 8, channels: 24, layers: 2, dropout: 0.2);
        encoder.eval();
        golden.LoadState(encoder);
        using var scope = NewDisposeScope();
        var (x, style) = (golden["in.x"].requires_grad_(), golden["in.s"].requires_grad_());
        var y = encoder.Encode(x, style, golden["in.lengths"], golden["in.mask"]);
        golden.AssertClose("out.y", y, 1e-5);
        var loss = y.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(encoder);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }

    [Fact]
    public void The_prosody_predictor_equals_the_original()
    {
        using var predictor = new ProsodyPredictor(styleSize: 8, channels: 24, layers: 2, maxDuration: 10, dropout: 0.2);
        AssertEquals("prosody_predictor", predictor);
    }

    [Fact]
    public void With_LSTMs_the_prosody_predictor_equals_that_of_StyleTTS_2()
    {
        using var predictor = new ProsodyPredictor(styleSize: 8, channels: 16, layers: 1, maxDuration: 10, dropout: 0.2, context: ContextKind.Lstm);
        AssertEquals("prosody_predictor_lstm", predictor);
    }

    static void AssertEquals(string name, ProsodyPredictor predictor)
    {
        using var golden = Golden.Load(name);
        predictor.eval();
        golden.LoadState(predictor);
        using var scope = NewDisposeScope();
        var (x, style) = (golden["in.x"].requires_grad_(), golden["in.s"].requires_grad_());
        var encoded = predictor.Encode(x, style, golden["in.lengths"], golden["in.mask"]);
        var durations = predictor.Durations(encoded, golden["in.lengths"]);
        var aligned = encoded.transpose(1, 2).bmm(golden["in.alignment"]);
        var contours = predictor.PitchAndEnergy(aligned, style);
        golden.AssertClose("out.duration", durations, 1e-5);
        golden.AssertClose("out.en", aligned, 1e-5);
        golden.AssertClose("out.F0", contours.F0, 1e-5);
        golden.AssertClose("out.N", contours.Energy, 1e-5);
        var loss = durations.square().mean() + aligned.square().mean() + contours.F0.square().mean() + contours.Energy.square().mean();
        golden.AssertClose("loss", loss, 1e-5);
        loss.backward();
        golden.AssertGradients(predictor);
        golden.AssertGradient("grad.in.x", x.grad!);
        golden.AssertGradient("grad.in.s", style.grad!);
    }
}
