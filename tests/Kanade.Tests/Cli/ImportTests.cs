using System.Text.Json;
using Kanade.Audio;
using Kanade.Cli;
using Kanade.Models;
using Kanade.Synthesis;
using Kanade.Tests.Torch;
using Kanade.Text;
using Kanade.Torch;
using Kanade.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Cli;

public sealed class ImportTests : IDisposable
{
    const string Yaml = """
        log_dir: "Models/x"
        device: "cuda"
        batch_size: 4
        preprocess_params:
          sr: 24000
          spect_params: {n_fft: 2048, win_length: 1200, hop_length: 300}
        model_params:
          multispeaker: true
          dim_in: 4
          hidden_dim: 16
          max_conv_dim: 512
          n_layer: 1
          n_mels: 80
          n_token: 178
          max_dur: 5
          style_dim: 128
          dropout: 0.2
          decoder:
            type: 'istftnet'
            resblock_kernel_sizes: [3]
            upsample_rates: [10, 6]
            upsample_initial_channel: 16
            resblock_dilation_sizes: [[1, 3, 5]]
            upsample_kernel_sizes: [20, 12]
            gen_istft_n_fft: 20
            gen_istft_hop_size: 5
          diffusion:
            embedding_mask_proba: 0.1
            transformer: {num_layers: 1, num_heads: 2, head_features: 8, multiplier: 2}
            dist: {sigma_data: 0.19, estimate_sigma_data: false, mean: -3.0, std: 1.0}
        loss_params: {lambda_mel: 10.}
        """;

    readonly TemporaryFolder _folder = new();

    public ImportTests() => File.WriteAllText(Config, Yaml);

    string Config => _folder.File("config.yml");

    string Model => _folder.File("model.pth");

    string Out => _folder.File("voice");

    [Fact]
    public async Task A_checkpoint_becomes_a_voice_with_the_same_weights()
    {
        using var networks = Networks();
        var net = States(networks);
        net["mpd"] = new() { ["x"] = zeros(2) };
        PyTorchFiles.Save(Model, new() { ["net"] = net, ["optimizer"] = new() { ["m"] = new() { ["0"] = zeros(3) } } });

        var (code, output, error) = await Run("import", Model, "--config", Config, "--out", Out, "--licence", "CC BY 4.0", "--credit", "A Speaker", "--json");

        Assert.True(code == 0, error);
        using var json = JsonDocument.Parse(output);
        Assert.True(json.RootElement.GetProperty("fits").GetBoolean());
        Assert.Equal("mpd", json.RootElement.GetProperty("not_of_the_voice")[0].GetString());
        string[] unread = [.. json.RootElement.GetProperty("keys_without_effect").EnumerateArray().Select(k => k.GetString()!)];
        Assert.Equal(["device", "preprocess_params.spect_params.n_fft", "preprocess_params.spect_params.win_length", "preprocess_params.spect_params.hop_length", "model_params.max_conv_dim"], unread);
        Assert.Contains(json.RootElement.GetProperty("keys_of_training").EnumerateArray(), k => k.GetString() == "loss_params.lambda_mel");
        using var voice = VoiceFolder.Open(Out);
        Assert.Equal((0.19, "CC BY 4.0", "model"), (voice.Config.SigmaData, voice.Config.Licence, voice.Config.Name));
        Assert.Equal(["A Speaker"], voice.Config.Credits);
        Assert.True(voice.Config.Acoustic.Decoder is { SinglePrecisionSource: true, LearnsSource: false });
        using var file = SafeTensorsFile.Open(Path.Combine(Out, Voice.WeightsFile));
        using var scope = NewDisposeScope();
        Assert.Equal(networks.Flat.Keys.Order(StringComparer.Ordinal), file.Names.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in networks.Flat)
            Assert.True(file.Read(name).equal(tensor).all().item<bool>(), name);
    }

    [Fact]
    public async Task Prefixes_of_parallel_training_half_precision_and_second_copies_are_understood()
    {
        using var networks = Networks();
        using var scope = NewDisposeScope();
        var net = States(networks).ToDictionary(n => n.Key, n => n.Value.ToDictionary(t => "module." + t.Key, t => t.Value));
        foreach (var (name, tensor) in net["diffusion"].ToArray())
            net["diffusion"][name.Replace("diffusion.net.", "unet.", StringComparison.Ordinal)] = tensor;
        net["bert"].Remove("module.embeddings.position_ids");
        net["bert_encoder"]["module.weight"] = net["bert_encoder"]["module.weight"].to(float16);
        PyTorchFiles.Save(Model, new() { ["net"] = net });

        var (code, _, error) = await Run("import", Model, "--config", Config, "--out", Out);

        Assert.True(code == 0, error);
        using var file = SafeTensorsFile.Open(Path.Combine(Out, Voice.WeightsFile));
        Assert.Equal(float32, file.Type("bert_encoder.weight"));
        Assert.Equal(networks.Flat.Keys.Order(StringComparer.Ordinal), file.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_checkpoint_of_StyleTTS_2_itself_has_LSTMs_and_its_HifiGan_voices_speak_a_frame_late()
    {
        File.WriteAllText(Config, Yaml
            .Replace("'istftnet'", "'hifigan'", StringComparison.Ordinal)
            .Replace("upsample_rates: [10, 6]", "upsample_rates: [50, 6]", StringComparison.Ordinal)
            .Replace("upsample_kernel_sizes: [20, 12]", "upsample_kernel_sizes: [100, 12]", StringComparison.Ordinal));
        using var networks = Networks(ContextKind.Lstm, new DecoderConfig(
            DecoderKind.Hifigan, HiddenChannels: 12, TextChannels: 4, InitialChannels: 16, UpsampleRates: [50, 6], UpsampleKernels: [100, 12],
            ResidualKernels: [3], ResidualDilations: [1, 3, 5]));
        PyTorchFiles.Save(Model, new() { ["net"] = States(networks) });

        var (code, _, error) = await Run("import", Model, "--config", Config, "--out", Out);

        Assert.True(code == 0, error);
        using var voice = VoiceFolder.Open(Out);
        Assert.Equal((ContextKind.Lstm, ContextKind.Lstm, true), (voice.Config.Acoustic.Context, voice.Config.Prosody.Context, voice.Config.SpeaksLate));
        using var scope = NewDisposeScope();
        int[] ids = [0, 50, 60, 70];
        var late = new Synthesizer(voice).Speak(ids, zeros(1, Voice.StyleSize), new SpeakingOptions(new StyleSampling(Steps: 0), SourceNoise: 0));
        using var punctual = Voice.Open(Out, voice.Config with { SpeaksLate = false });
        var early = new Synthesizer(punctual).Speak(ids, zeros(1, Voice.StyleSize), new SpeakingOptions(new StyleSampling(Steps: 0), SourceNoise: 0));
        Assert.Equal(early.Frames, late.Frames);
        Assert.NotEqual(early.Waveform.Samples, late.Waveform.Samples);
    }

    [Fact]
    public async Task A_safetensors_file_imports_too()
    {
        using var networks = Networks();
        var path = _folder.File("model.safetensors");
        SafeTensors.Write(path, networks.Flat);
        var (code, _, error) = await Run("import", path, "--config", Config, "--out", Out);
        Assert.True(code == 0, error);
    }

    [Fact]
    public async Task Every_difference_is_listed_and_nothing_is_written()
    {
        using var networks = Networks();
        var net = States(networks);
        net["text_encoder"].Remove("embedding.weight");
        net["predictor"]["extra.weight"] = zeros(3, 2);
        net["bert_encoder"]["bias"] = zeros(7);
        net.Remove("style_encoder");
        PyTorchFiles.Save(Model, new() { ["net"] = net });

        var (code, output, error) = await Run("import", Model, "--config", Config, "--out", Out);

        Assert.Equal(5, code);
        Assert.Contains("missing: embedding.weight [178, 16]", output, StringComparison.Ordinal);
        Assert.Contains("left over: extra.weight [3, 2]", output, StringComparison.Ordinal);
        Assert.Contains("of another shape: bias [7], [16] is needed", output, StringComparison.Ordinal);
        Assert.Contains("style_encoder is not there", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        AssertNothingWritten();
    }

    [Theory]
    [InlineData("hidden_dim: 16", "hidden_dim: 32")]
    [InlineData("hidden_dim: 16", "hidden_dim: 60000")]
    [InlineData("hidden_dim: 16", "hidden_dim: many")]
    [InlineData("upsample_initial_channel: 16", "upsample_initial_channel: 60000")]
    [InlineData("dim_in: 4", "dim_in: 60000")]
    [InlineData("n_layer: 1", "n_layer: 60000")]
    [InlineData("num_layers: 1", "num_layers: 2")]
    [InlineData("hidden_dim: 16", "hidden_dim: 100000000")]
    [InlineData("  hidden_dim: 16\n", "")]
    [InlineData("n_token: 178", "n_token: 40")]
    [InlineData("style_dim: 128", "style_dim: 64")]
    [InlineData("'istftnet'", "'wavenet'")]
    [InlineData("'istftnet'", "'hifigan'")]
    [InlineData("upsample_rates: [10, 6]", "upsample_rates: [10]")]
    [InlineData("upsample_rates: [10, 6]", "upsample_rates: [3, 5]")]
    [InlineData("multispeaker: true", "multispeaker: perhaps")]
    [InlineData("log_dir: \"Models/x\"", "log_dir: [")]
    public async Task A_wrong_configuration_is_one_line(string right, string wrong)
    {
        Assert.Contains(right, Yaml, StringComparison.Ordinal);
        using var networks = Networks();
        PyTorchFiles.Save(Model, new() { ["net"] = States(networks) });
        File.WriteAllText(Config, Yaml.Replace(right, wrong, StringComparison.Ordinal));

        var (code, _, error) = await Run("import", Model, "--config", Config, "--out", Out);

        Assert.Equal(5, code);
        Assert.Single(error.Trim().Split('\n'));
        AssertNothingWritten();
    }

    [Fact]
    public async Task A_malicious_a_truncated_and_a_missing_file_are_one_line_each()
    {
        using var networks = Networks();
        PyTorchFiles.Save(Model, new() { ["net"] = States(networks) });
        var whole = File.ReadAllBytes(Model);
        File.WriteAllBytes(_folder.File("cut.pth"), whole[..(whole.Length / 2)]);
        PyTorchFiles.Zip(_folder.File("evil.pth"), PyTorchFiles.Pickle("cos\nsystem\n(X\x04\0\0\0truetR."));
        foreach (var name in (string[])["cut.pth", "evil.pth", "none.pth", "config.yml"])
        {
            var (code, _, error) = await Run("import", _folder.File(name), "--config", Config, "--out", Out);
            Assert.Equal(5, code);
            Assert.Single(error.Trim().Split('\n'));
            Assert.Contains(name, error, StringComparison.Ordinal);
        }
        AssertNothingWritten();
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_not_touched()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "mine.txt"), "x");
        var (code, _, _) = await Run("import", Model, "--config", Config, "--out", Out);
        Assert.Equal(2, code);
        Assert.Equal("x", File.ReadAllText(Path.Combine(Out, "mine.txt")));
    }

    [Fact]
    public async Task StyleTTS_2_with_LSTMs_is_named()
    {
        using var networks = Networks();
        var net = States(networks);
        net["text_encoder"]["lstm.weight_ih_l0"] = zeros(4, 4);
        PyTorchFiles.Save(Model, new() { ["net"] = net });
        var (code, _, error) = await Run("import", Model, "--config", Config, "--out", Out);
        Assert.Equal(5, code);
        Assert.Contains("LSTMs", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_aligner_becomes_a_run_of_its_stage()
    {
        using var network = new TextAligner(80, 16, SymbolTable.Count, 24, 2);
        PyTorchFiles.SaveAlone(_folder.File("epoch_00080.pth"), "model", network.state_dict());
        var (code, _, error) = await Run("import", _folder.File("epoch_00080.pth"), "--out", Out);
        Assert.True(code == 0, error);
        var checkpoint = Checkpoint.Open(Out, AlignerStage.Name);
        var sizes = checkpoint.Sizes<AlignerConfig>(AlignerStage.Network);
        Assert.Equal(new AlignerConfig(16, 24, 2), sizes);
        AssertLoads(checkpoint, AlignerStage.Network, network, sizes.Build(80, SymbolTable.Count));
    }

    [Fact]
    public async Task A_published_pitch_extractor_becomes_a_run_of_its_stage()
    {
        using var network = new JdcPitchExtractor(80, 4);
        PyTorchFiles.SaveAlone(_folder.File("bst.t7"), "net", network.state_dict());
        var (code, _, error) = await Run("import", _folder.File("bst.t7"), "--out", Out);
        Assert.True(code == 0, error);
        var checkpoint = Checkpoint.Open(Out, PitchStage.Name);
        AssertLoads(checkpoint, PitchStage.Network, network, checkpoint.Sizes<PitchConfig>(PitchStage.Network).Build(80));
    }

    [Fact]
    public async Task A_published_PL_BERT_becomes_a_run_of_its_stage_without_its_heads()
    {
        using var network = new PhonemeBert(new PhonemeBertConfig(178, 128, 2, 16, 1, 32, 8));
        var state = network.state_dict().ToDictionary(t => "module.encoder." + t.Key, t => t.Value);
        state["module.mask_predictor.weight"] = zeros(178, 128);
        PyTorchFiles.SaveAlone(_folder.File("step_1000000.t7"), "net", state);
        var (code, _, error) = await Run("import", _folder.File("step_1000000.t7"), "--out", Out);
        Assert.True(code == 0, error);
        var checkpoint = Checkpoint.Open(Out, PhonemeBertStage.Name);
        var sizes = checkpoint.Sizes<PhonemeBertConfig>(PhonemeBertStage.Network);
        Assert.Equal((2, 32), (sizes.Heads, sizes.Positions));
        AssertLoads(checkpoint, PhonemeBertStage.Network, network, new PhonemeBert(sizes));
    }

    public void Dispose() => _folder.Dispose();

    void AssertNothingWritten() => Assert.DoesNotContain(Directory.GetDirectories(_folder.Path), d => Path.GetFileName(d).StartsWith("voice", StringComparison.Ordinal));

    static void AssertLoads(Checkpoint checkpoint, string name, nn.Module expected, nn.Module actual)
    {
        using (actual)
        {
            checkpoint.Load(name, actual);
            foreach (var (key, tensor) in actual.state_dict())
                Assert.True(tensor.equal(expected.state_dict()[key]).all().item<bool>(), key);
        }
    }

    static NetworkSet Networks(ContextKind context = ContextKind.MLstm, DecoderConfig? decoder = null)
    {
        var networks = new NetworkSet();
        decoder ??= new DecoderConfig(
            HiddenChannels: 12, TextChannels: 4, InitialChannels: 16, UpsampleRates: [10, 6], UpsampleKernels: [20, 12], ResidualKernels: [3], ResidualDilations: [1, 3, 5]);
        SpeechNetworks.Create(
            networks, new AcousticConfig(decoder, Channels: 16, Depth: 1, Blocks: 2, StyleChannels: 4, StyleMaxChannels: 16, Context: context),
            new PhonemeBertConfig(178, 64, 1, 16, 1, 32, 8), new ProsodyConfig(1, 5, 0.2, 2, context), new DiffusionConfig(1, 2, 8, 2), new MelConfig(), SymbolTable.Count);
        return networks;
    }

    static Dictionary<string, Dictionary<string, Tensor>> States(NetworkSet networks) =>
        networks.Parts.ToDictionary(p => p.Key, p => p.Value.ToDictionary(t => t.Key, t => t.Value));

    static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var context = new CommandContext(System.IO.TextReader.Null, output, new Screen(error, 0));
        var code = await CommandLine.Run(arguments, context, default);
        return (code, output.ToString(), error.ToString());
    }
}
