using System.Text.Json;
using Kanade.Models;
using Kanade.Torch;
using static TorchSharp.torch;

namespace Kanade.Tests.EndToEnd;

/// <summary>
/// Compares the figures and the last checkpoint of two runs that compute the same in another order: one process on whole batches, several
/// on parts.
/// </summary>
/// <remarks>
/// A sum over two rows is rounded differently from one over four; how differently depends on the processor. Three effects enlarge the
/// difference, and each bound allows for one of them.
/// <list type="bullet">
/// <item>A unit within rounding of the kink of a ReLU is on in one run and off in the other. Seen on an EPYC with AVX-512: in the fourth
/// step one of 64 channels had another gradient, by a hundredth of its tensor's norm. So moments are compared by norm, tensor by tensor.
/// </item>
/// <item>A gradient that is zero but for rounding, such as that of the bias of attention's keys, has arbitrary moments. So moments far
/// smaller than the largest in the optimiser need not agree.</item>
/// <item>Adam moves such a weight by the whole rate in an arbitrary direction. So weights are compared by the root mean square over a
/// network.</item>
/// </list>
/// Faults exceed the bounds; three were tried. Gradients summed instead of averaged: every moment differs by its whole norm. One process's
/// rows left out: most moments differ by more than the bound. Another dropout in each process: the losses of the first step differ by a
/// thousandth or more.
/// </remarks>
/// <param name="steps">Steps of the runs.</param>
/// <param name="rate">The highest learning rate: a weight moves by that much a step at most.</param>
sealed class RunComparison(int steps, double rate)
{
    const double FigureTolerance = 1e-4, MomentTolerance = 0.05, WeightTolerance = 0.02;

    // Figures that count frames or phones: one of them more is not within any fraction of rounding.
    const double CountTolerance = 0.01;
    static readonly string[] Counted = ["phone_error", "gross_error", "voicing_error", "cents"];

    // Below these parts of the largest norm in the optimiser, a tensor's mean gradient, and its mean square, are rounding.
    const double LeastMean = 1e-5, LeastSquare = LeastMean * LeastMean;

    /// <summary>The lines of <c>metrics.jsonl</c>, by key; NaN for what is text.</summary>
    /// <param name="run">The run folder.</param>
    public static IReadOnlyList<IReadOnlyDictionary<string, double>> Figures(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.EnumerateObject().ToDictionary(
                p => p.Name, p => p.Value.ValueKind == JsonValueKind.String ? double.NaN : p.Value.GetDouble());
        })];

    /// <summary>Asserts that two runs are the same but for rounding.</summary>
    /// <param name="first">A run folder.</param>
    /// <param name="second">Another.</param>
    /// <param name="figures">The start of the names of the figures to compare; lines without any are left out.</param>
    public void AssertSame(string first, string second, string figures = "")
    {
        AssertSameFigures(Chosen(first), Chosen(second));
        using var scope = NewDisposeScope();
        var (left, right) = (Checkpoint.Open(first), Checkpoint.Open(second));
        Assert.Equal(left.Parts.Order(), right.Parts.Order());
        foreach (var part in left.Parts)
        {
            var (x, y) = (Read(left, part), Read(right, part));
            Assert.Equal(x.Keys.Order(), y.Keys.Order());
            if (part == "optimiser")
                AssertSameMoments(x, y);
            else
                AssertSameWeights(part, x, y);
        }

        List<IReadOnlyDictionary<string, double>> Chosen(string run) =>
            [.. Figures(run).Where(line => figures.Length == 0 || line.Keys.Any(key => key.StartsWith(figures, StringComparison.Ordinal)))];
    }

    void AssertSameFigures(List<IReadOnlyDictionary<string, double>> one, List<IReadOnlyDictionary<string, double>> two)
    {
        Assert.Equal(one.Select(line => line["step"]), two.Select(line => line["step"]));
        Assert.Contains(one, line => line["step"] == steps);
        foreach (var (a, b) in one.Zip(two))
        {
            Assert.Equal(a.Keys, b.Keys);
            Assert.All(a, figure =>
            {
                var allowed = Counted.Any(name => figure.Key.EndsWith(name, StringComparison.Ordinal)) ? CountTolerance : FigureTolerance;
                var (x, y) = (figure.Value, b[figure.Key]);
                Assert.True(
                    x.Equals(y) || Math.Abs(x - y) <= allowed * Math.Max(1, Math.Abs(x)),
                    $"step {a["step"]}: {figure.Key} is {x} and {y}");
            });
        }
    }

    static void AssertSameMoments(Dictionary<string, Tensor> one, Dictionary<string, Tensor> two)
    {
        var largest = one.Keys.GroupBy(KindOf).ToDictionary(kind => kind.Key, kind => kind.Max(name => Norm(one[name])));
        Assert.All(one.Keys, name =>
        {
            var least = KindOf(name) switch { ".mean" => LeastMean, ".square" => LeastSquare, _ => 0 } * largest[KindOf(name)];
            var (norm, difference) = (Norm(one[name]), Norm(one[name] - two[name]));
            Assert.True(
                difference <= MomentTolerance * norm || difference <= least,
                $"{name}: the norm is {norm:G3}, that of the difference {difference:G3}");
        });

        static string KindOf(string name) => Path.GetExtension(name);
    }

    void AssertSameWeights(string part, Dictionary<string, Tensor> one, Dictionary<string, Tensor> two)
    {
        var (sum, count) = (0.0, 0L);
        Assert.All(one.Keys.Where(name => one[name].numel() > 0), name =>
        {
            var difference = one[name] - two[name];
            var (most, size) = (difference.abs().max().item<double>(), one[name].abs().max().item<double>());
            Assert.True(most <= 2 * steps * rate + FigureTolerance * size, $"{part}: {name} differs by {most:G3}, of at most {size:G3}");
            sum += difference.square().sum().item<double>();
            count += difference.numel();
        });
        var mean = Math.Sqrt(sum / count);
        Assert.True(
            mean <= WeightTolerance * steps * rate,
            $"{part}: weights differ by {mean:G3} in the root mean square, and {steps} steps move them by {steps * rate:G3}");
    }

    static double Norm(Tensor x) => x.square().sum().sqrt().item<double>();

    static Dictionary<string, Tensor> Read(Checkpoint checkpoint, string part)
    {
        using var file = SafeTensorsFile.Open(Path.Combine(checkpoint.Folder, part + ".safetensors"));
        return file.Names.ToDictionary(name => name, name => file.Read(name).to(float64));
    }
}
