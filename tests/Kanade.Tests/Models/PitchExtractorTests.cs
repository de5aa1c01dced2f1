using CsCheck;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

/// <summary>What every pitch extractor promises, whichever network it is.</summary>
[Collection(nameof(Alone))]
public sealed class PitchExtractorTests
{
    public static TheoryData<PitchConfig> Networks => new() { new PitchConfig(Channels: 4), new PitchConfig(PitchNetwork.Convnext, 16, 2) };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_recording_alone_gives_what_it_gives_in_a_batch(PitchConfig config)
    {
        using var scope = NewDisposeScope();
        using var network = Build(config);
        using var inference = no_grad();
        var mel = randn(3, 1, 80, 50);
        var together = network.forward(mel);
        Assert.Equal([3, 50], together.shape);
        for (var i = 0; i < 3; i++)
            Golden.AssertClose(together[i], network.forward(mel.narrow(0, i, 1))[0], 1e-3);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void F0_is_zero_where_no_voice_is_heard_unless_the_network_is_read_without_its_gate(PitchConfig config)
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var network = Build(config);
        using var open = Build(config with { Gated = false });
        open.load_state_dict(network.state_dict());
        var mel = 3 * randn(1, 1, 80, 200);
        var reading = network.Read(mel);
        var voiced = reading.Voicing[0].gt(0).data<bool>().ToArray();
        var (gated, free) = (network.forward(mel)[0].data<float>().ToArray(), open.forward(mel)[0].data<float>().ToArray());
        Assert.Contains(true, voiced);
        Assert.Contains(false, voiced);
        Assert.Equal(free, reading.Hz[0].contiguous().data<float>().ToArray());
        for (var i = 0; i < voiced.Length; i++)
            Assert.Equal(voiced[i] ? free[i] : 0, gated[i]);
    }

    [Fact]
    public void The_pitch_of_a_bump_among_the_bins_is_where_the_bump_is() =>
        Gen.Double[65, 800].Sample(
            hz =>
            {
                using var scope = NewDisposeScope();
                var centre = ConvNextPitchExtractor.BinOf(tensor((float)hz));
                var bump = (arange(ConvNextPitchExtractor.BinCount) - centre).square().div(-2).reshape(1, -1, 1);
                Assert.Equal(hz, ConvNextPitchExtractor.Frequency(bump).item<float>(), 0.001 * hz);
            },
            iter: 200);

    [Fact]
    public void A_long_sound_in_pieces_has_the_pitch_that_it_has_in_one()
    {
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        using var spectrogram = new MelSpectrogram(new());
        using var network = Build(new PitchConfig(PitchNetwork.Convnext, 16, 2, Gated: false));
        var samples = new float[(2 * PitchTracker.PieceFrames + 50) * 300 + 17];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = 0.3f * MathF.Sin(i * 0.05f + 20 * MathF.Sin(i * 1e-4f));
        var whole = network.forward(spectrogram.Compute(tensor(samples).unsqueeze(0)).unsqueeze(1))[0];
        var pieces = PitchTracker.Track(network, spectrogram, samples);
        Assert.Equal(2 * PitchTracker.PieceFrames + 51, pieces.Length);
        Golden.AssertClose(whole, tensor(pieces), 0.05);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(700)]
    public void A_sound_shorter_than_the_transform_has_a_contour_too(int samples)
    {
        using var spectrogram = new MelSpectrogram(new());
        using var network = Build(new PitchConfig(PitchNetwork.Convnext, 16, 1));
        Assert.Equal(samples / 300 + 1, PitchTracker.Track(network, spectrogram, new float[samples]).Length);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Listening_leaves_no_tensor_behind(PitchConfig config)
    {
        using var spectrogram = new MelSpectrogram(new());
        using var network = Build(config);
        var sound = new float[30_000];
        PitchTracker.Track(network, spectrogram, sound);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 10; i++)
            PitchTracker.Track(network, spectrogram, sound);
        Assert.True(Tensor.TotalCount - before < 10, $"{Tensor.TotalCount - before} more tensors");
    }

    [Fact]
    public void A_checkpoint_of_before_there_was_a_choice_is_the_original_network() =>
        Assert.Equal(new PitchConfig(PitchNetwork.Jdc, 8), System.Text.Json.JsonSerializer.Deserialize<PitchConfig>("""{"channels": 8}""", CheckpointState.Json));

    static PitchExtractor Build(PitchConfig config)
    {
        manual_seed(5);
        var network = config.Build(80);
        network.eval();
        return network;
    }
}
