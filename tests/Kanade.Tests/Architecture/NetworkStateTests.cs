using System.Globalization;
using System.Text.Json;
using Kanade.Audio;
using Kanade.Models;
using Kanade.Tests.Parity;
using TorchSharp;
using static TorchSharp.torch;

namespace Kanade.Tests.Architecture;

/// <summary>At the sizes of the original configuration every network accepts a published checkpoint by name and shape.</summary>
public class NetworkStateTests
{
    // In the place of the decoder, and not counted.
    const string Alternative = "decoder_hifigan";

    static readonly int[] ResidualKernels = [3, 7, 11];
    static readonly int[][] Dilations = [[1, 3, 5], [1, 3, 5], [1, 3, 5]];

    static readonly HifiGanDecoderConfig HifiGan =
        new(512, 128, 24000, 300, 1024, 64, 512, [10, 5, 3, 2], [20, 10, 6, 4], ResidualKernels, Dilations);

    // Built one at a time: together they are a gigabyte.
    static readonly (string Name, long Parameters, Func<nn.Module> Build)[] Networks =
    [
        ("bert", 6_292_480, () => new PhonemeBert(new PhonemeBertConfig())),
        ("bert_encoder", 393_728, () => nn.Linear(768, 512)),
        ("predictor", 53_058_484, () => new ProsodyPredictor(styleSize: 128, channels: 512, layers: 3, maxDuration: 50, dropout: 0.2)),
        ("decoder", 53_276_190, () => new IstftDecoder(new IstftDecoderConfig(
            512, 128, 24000, 300, 1024, 64, 512, [10, 6], [20, 12], ResidualKernels, Dilations, FftSize: 20, IstftHop: 5))),
        ("text_encoder", 7_616_576, () => new TextEncoder(channels: 512, kernelSize: 5, depth: 3, symbols: 178)),
        ("predictor_encoder", 13_845_440, () => new StyleEncoder(inputChannels: 64, styleSize: 128, maxChannels: 512)),
        ("style_encoder", 13_845_440, () => new StyleEncoder(inputChannels: 64, styleSize: 128, maxChannels: 512)),
        ("diffusion", 25_326_976, () => new StyleDiffusion(new StyleDenoiser(
            layers: 3, channels: 256, heads: 8, headSize: 64, multiplier: 2, contextSize: 768, featureSize: 256))),
        ("text_aligner", 7_865_252, () => new TextAligner(80, 256, 178, 512, 6)),
        ("pitch_extractor", 5_248_067, () => new JdcPitchExtractor()),
        ("mpd", 41_105_770, () => new MultiPeriodDiscriminator([2, 3, 5, 7, 11], [32, 128, 512, 1024, 1024])),
        ("msd", 280_902, () => new MultiResolutionDiscriminator([new(1024, 120, 600), new(2048, 240, 1200), new(512, 50, 240)], 32)),
        ("wd", 3_238_018, () => new SlmDiscriminator(1280, 33, 64)),
        (Alternative, 54_289_492, () => new HifiGanDecoder(HifiGan)),
    ];

    [Fact]
    public void State_names_shapes_and_types_equal_the_original_and_so_does_the_number_of_parameters()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Goldens", "full_shapes.json")));
        var differences = new List<string>();
        var total = 0L;
        foreach (var (name, parameters, build) in Networks)
        {
            using var network = build();
            var expected = Published(name, json.RootElement.GetProperty(name));
            var actual = network.state_dict().ToDictionary(
                t => t.Key, t => Describe(t.Value.dtype.ToString().ToLowerInvariant(), t.Value.shape));
            differences.AddRange(expected.Keys.Except(actual.Keys).Select(key => $"{name}: {key} is missing"));
            differences.AddRange(actual.Keys.Except(expected.Keys).Select(key => $"{name}: {key} is not the original's"));
            differences.AddRange(expected.Keys.Intersect(actual.Keys).Where(key => expected[key] != actual[key])
                .Select(key => $"{name}: {key} is {actual[key]}, the original's {expected[key]}"));
            var counted = network.parameters().Sum(p => p.numel());
            if (counted != parameters)
                differences.Add($"{name}: {counted} parameters, the original has {parameters}");
            total += name == Alternative ? 0 : counted;
        }
        Assert.Empty(differences);
        Assert.Equal(231_393_323, total);
    }

    [Fact]
    public void The_state_of_the_vocos_decoder_is_what_its_checkpoints_have()
    {
        using var decoder = new DecoderConfig(DecoderKind.Vocos, Vocos: new VocosConfig(Prior: true)).Build(512, 128, new MelConfig());
        var actual = decoder.state_dict().Select(t => $"{t.Key} {Describe(t.Value.dtype.ToString().ToLowerInvariant(), t.Value.shape)}");
        var approved = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Goldens", "vocos_state.txt"));
        Assert.Equal(approved, actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_formula_for_weights_gives_its_published_examples()
    {
        using var golden = Golden.Load("full_fill_examples");
        foreach (var name in golden.WithPrefix("out."))
        {
            using var scope = NewDisposeScope();
            golden.AssertClose(name, FormulaWeights.Tensor(name["out.".Length..], golden[name].shape), 0);
        }
    }

    [Fact]
    public void At_full_size_with_weights_by_formula_the_forms_agree()
    {
        using var encoder = new TextEncoder(channels: 512, kernelSize: 5, depth: 3, symbols: 178);
        encoder.eval();
        FormulaWeights.Fill(encoder);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var ids = arange(1, 91, dtype: int64).reshape(2, 45);
        var lengths = tensor(new long[] { 45, 31 });
        var mask = SequenceMask.Padding(lengths);
        var parallel = encoder.call(ids, lengths, mask);
        var context = encoder.modules().OfType<MLstmStack>().Single();
        context.Form = MLstmForm.Chunkwise;
        var chunkwise = encoder.call(ids, lengths, mask);

        // The original's outputs at this size reach 4.6, and differ by 5e-4 between its own builds.
        Assert.InRange(parallel.abs().max().item<float>(), 2, 8);
        Golden.AssertClose(parallel, chunkwise, 5e-4);
    }

    /// <summary>The original's diffusion holds its network under two names; here it is stored once, and the second name must add nothing.</summary>
    static Dictionary<string, string> Published(string network, JsonElement shapes)
    {
        var all = shapes.EnumerateObject().ToDictionary(
            t => t.Name, t => Describe(t.Value[0].GetString()!, [.. t.Value.EnumerateArray().Skip(1).Select(d => d.GetInt64())]));
        if (network != "diffusion")
            return all;
        var twins = all.Keys.Where(key => key.StartsWith("unet.", StringComparison.Ordinal)).ToArray();
        Assert.Equal(all.Count, 2 * twins.Length);
        foreach (var twin in twins)
        {
            Assert.Equal(all["diffusion.net." + twin["unet.".Length..]], all[twin]);
            all.Remove(twin);
        }
        return all;
    }

    static string Describe(string type, long[] shape) =>
        string.Create(CultureInfo.InvariantCulture, $"{type} [{string.Join(", ", shape)}]");
}
