using Kanade.Models;
using Kanade.Tests.Parity;
using Kanade.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Models;

public sealed class WhisperEncoderTests
{
    static readonly WhisperEncoderConfig Tiny = new(Hidden: 128, Layers: 2, Heads: 2, FeedForward: 32, Positions: 20);

    [Fact]
    public void Features_stack_all_states_over_the_length_of_the_wave()
    {
        using var model = WhisperEncoder.SmallRandom(1);
        using var scope = NewDisposeScope();
        var features = model.Features(randn(2, 8000) * 0.1);
        Assert.Equal([2, model.States * model.Hidden, 25], features.shape); // half a second, frames of 20 ms: no padding to 30 s
    }

    [Fact]
    public void The_waveform_gets_a_gradient_and_the_weights_do_not()
    {
        using var model = WhisperEncoder.SmallRandom(1);
        using var scope = NewDisposeScope();
        var wave = (randn(1, 4000) * 0.1).requires_grad_(true);

        model.Features(wave).square().mean().backward();

        Assert.True(wave.grad!.isfinite().all().item<bool>());
        Assert.True((wave.grad!.abs() > 0).to(float32).mean().item<float>() > 0.99f);
        Assert.All(model.parameters(), p => Assert.True(p.grad is null));
    }

    [Fact]
    public void The_gradient_of_the_log_mel_is_its_slope()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var wave = (randn([1, 1600], generator: generator) * 0.1).requires_grad_(true);
        var direction = randn([1, 1600], generator: generator) * 0.1;
        using var logMel = new WhisperLogMel();
        double Loss(Tensor w)
        {
            using var inner = NewDisposeScope();
            return logMel.Compute(w).to(float64).square().sum().item<double>();
        }
        logMel.Compute(wave).to(float64).square().sum().backward();
        var slope = (wave.grad! * direction).sum().item<float>();
        var plain = wave.detach();
        var measured = (Loss(plain + 1e-3 * direction) - Loss(plain - 1e-3 * direction)) / 2e-3;
        // Against what a slope is on the average: one direction's may be next to nothing.
        var usual = (wave.grad!.norm() * direction.norm()).item<float>() / Math.Sqrt(1600);
        Assert.InRange((slope - measured) / usual, -0.02, 0.02);
    }

    [Fact]
    public void A_clip_gives_the_same_beside_a_louder_one()
    {
        using var model = WhisperEncoder.SmallRandom(1);
        using var scope = NewDisposeScope();
        var quiet = randn(1, 4000) * 0.001;
        var alone = model.Features(quiet);
        var beside = model.Features(cat([quiet, randn(1, 4000)], 0));
        Golden.AssertClose(alone[0], beside[0], 1e-4);
    }

    [Fact]
    public void A_wave_longer_than_the_positions_is_heard_in_pieces_and_the_shortest_is_filled_up()
    {
        using var model = new WhisperEncoder(Tiny);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wave = randn(1, 10000) * 0.1;

        var features = model.Features(wave); // 20 positions are 6400 samples

        Golden.AssertClose(model.Features(wave[.., ..6400]), features[.., .., ..20], 1e-5);
        Golden.AssertClose(model.Features(wave[.., 6400..]), features[.., .., 20..], 1e-5);
        Assert.Equal(1, model.Features(wave[.., ..1]).shape[2]);
    }

    [Fact]
    public void Equal_seeds_give_equal_weights()
    {
        using var first = WhisperEncoder.SmallRandom(7);
        using var second = WhisperEncoder.SmallRandom(7);
        using var other = WhisperEncoder.SmallRandom(8);
        foreach (var ((_, a), (_, b)) in first.state_dict().Zip(second.state_dict()))
            Assert.True(a.equal(b).all().item<bool>());
        Assert.False(first.state_dict()["conv1.weight"].equal(other.state_dict()["conv1.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData("model.encoder.")]
    [InlineData("encoder.")]
    [InlineData("")]
    public void Weights_with_the_names_of_Hugging_Face_load(string prefix)
    {
        using var folder = new TemporaryFolder();
        using var model = new WhisperEncoder(Tiny);
        Save(folder.File("model.safetensors"), model.state_dict().ToDictionary(s => prefix + s.Key, s => s.Value), ("model.decoder.layer_norm.weight", 4));

        using var opened = WhisperEncoder.Open(folder.Path);

        AssertSame(model, opened);
    }

    [Fact]
    public void Weights_with_the_names_of_OpenAI_load()
    {
        using var folder = new TemporaryFolder();
        using var model = new WhisperEncoder(Tiny);
        (string, string)[] names =
        [
            ("layers.", "blocks."), ("self_attn_layer_norm", "attn_ln"), ("self_attn.q_proj", "attn.query"), ("self_attn.k_proj", "attn.key"),
            ("self_attn.v_proj", "attn.value"), ("self_attn.out_proj", "attn.out"), ("final_layer_norm", "mlp_ln"), ("fc1", "mlp.0"), ("fc2", "mlp.2"),
            ("embed_positions.weight", "positional_embedding"),
        ];
        var state = model.state_dict().ToDictionary(
            s => "encoder." + (s.Key.StartsWith("layer_norm", StringComparison.Ordinal)
                ? s.Key.Replace("layer_norm", "ln_post", StringComparison.Ordinal)
                : names.Aggregate(s.Key, (name, pair) => name.Replace(pair.Item1, pair.Item2, StringComparison.Ordinal))),
            s => s.Value);
        Save(folder.File("large.safetensors"), state, ("decoder.ln.weight", 4));

        using var opened = (WhisperEncoder)SpeechLanguageModel.Open(folder.File("large.safetensors"));

        AssertSame(model, opened);
    }

    [Fact]
    public void Half_precision_weights_are_widened()
    {
        using var folder = new TemporaryFolder();
        using var model = new WhisperEncoder(Tiny);
        using var scope = NewDisposeScope();
        Save(folder.File("x.safetensors"), model.state_dict().ToDictionary(s => s.Key, s => s.Value.to(float16)));
        using var opened = WhisperEncoder.Open(folder.File("x.safetensors"));
        Assert.All(opened.parameters(), p => Assert.Equal(float32, p.dtype));
        Golden.AssertClose(model.state_dict()["conv1.weight"], opened.state_dict()["conv1.weight"], 1e-3);
    }

    [Fact]
    public void Heads_come_from_the_configuration_beside_the_file()
    {
        using var folder = new TemporaryFolder();
        using var model = new WhisperEncoder(Tiny with { Heads = 4 });
        Save(folder.File("model.safetensors"), model.state_dict().ToDictionary(s => s.Key, s => s.Value));
        File.WriteAllText(folder.File("config.json"), """{"encoder_attention_heads": 4, "model_type": "whisper"}""");
        using var opened = WhisperEncoder.Open(folder.Path);
        AssertSame(model, opened);
    }

    [Fact]
    public void A_file_without_a_layers_weight_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        using var model = new WhisperEncoder(Tiny);
        var state = model.state_dict().ToDictionary(s => s.Key, s => s.Value);
        state.Remove("layers.1.fc2.bias");
        Save(folder.File("x.safetensors"), state);
        var error = Assert.Throws<InvalidDataException>(() => { WhisperEncoder.Open(folder.File("x.safetensors")); });
        Assert.Contains("layers.1.fc2.bias is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_something_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        Save(folder.File("x.safetensors"), [], ("weight", 3));
        Assert.Throws<InvalidDataException>(() => { SpeechLanguageModel.Open(folder.File("x.safetensors")); });
        Assert.Throws<FileNotFoundException>(() => { SpeechLanguageModel.Open(folder.File("none.safetensors")); });
    }

    static void Save(string path, Dictionary<string, Tensor> tensors, params (string Name, int Size)[] more)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, size) in more)
            tensors[name] = zeros(size);
        SafeTensors.Write(path, tensors);
    }

    static void AssertSame(WhisperEncoder expected, WhisperEncoder actual)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Assert.All(actual.parameters(), p => Assert.False(p.requires_grad));
        var wave = randn(1, 3200) * 0.1;
        Golden.AssertClose(expected.Features(wave), actual.Features(wave), 1e-6);
    }
}
