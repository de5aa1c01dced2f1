using Kanade.Torch;
using Kanade.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Kanade.Tests.Torch;

/// <summary>What a batch shared by several processes must have in common with the same batch in one.</summary>
[Collection(nameof(Alone))]
public sealed class ProcessGroupTests
{
    [Theory]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=4", "Open MPI", 1, 4)]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", "MPICH", 0, 2)]
    [InlineData("SLURM_PROCID=3 SLURM_STEP_NUM_TASKS=8", "Slurm", 3, 8)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", "Open MPI", 1, 2)]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=8", "", 0, 1)]   // a batch script: one process that may start others
    [InlineData("PMI_RANK=2 PMI_SIZE=2", "", 0, 1)]
    [InlineData("PMI_SIZE=2", "", 0, 1)]
    [InlineData("", "", 0, 1)]
    public void A_launcher_is_known_by_its_variables(string environment, string launcher, int rank, int world)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        Assert.Equal(new LaunchedProcess(launcher, rank, world), LaunchedProcess.Of(variables.GetValueOrDefault));
    }

    [Fact]
    public void A_process_that_nobody_launched_is_a_group_of_one()
    {
        var group = MpiProcessGroup.Join(LaunchedProcess.Alone);
        Assert.Same(SingleProcess.Instance, group);
        Assert.Equal((0, 1, false, 3.0), (group.Rank, group.World, group.Any(false), group.Mean(3)));
        Assert.Same(group, ProcessGroup.Current);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Batch_normalisation_over_parts_is_that_over_the_whole_forwards_and_backwards(int world)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (x, weights) = (randn(6, 4, 5, 3) * 2 + 5, randn(6, 4, 5, 3));
        var whole = Normalise(SingleProcess.Instance);
        var parts = ThreadGroup.Run(world, Normalise);
        for (var rank = 0; rank < world; rank++)
        {
            AssertClose(whole[0].slice(0, rank, 6, world), parts[rank][0]);
            AssertClose(whole[1].slice(0, rank, 6, world), parts[rank][1] / world);   // a part's loss counts as much as the whole's
            for (var state = 4; state < whole.Length; state++)
                AssertClose(whole[state], parts[rank][state]);
        }
        for (var gradient = 2; gradient < 4; gradient++)
            AssertClose(whole[gradient], parts.Select(p => p[gradient]).Aggregate((a, b) => a + b) / world);

        Tensor[] Normalise(IProcessGroup group)
        {
            using var inner = NewDisposeScope();
            using var norm = new SharedBatchNorm2d(4);
            using (no_grad())
            {
                _ = norm.get_parameter("weight")!.copy_(tensor(new[] { 0.5f, 1, 2, -1 }));
                _ = norm.get_parameter("bias")!.copy_(tensor(new[] { 1f, 0, -1, 3 }));
            }
            var own = group.Rows(x).detach().clone().requires_grad_(true);
            var y = norm.forward(own);
            (y.sin() * group.Rows(weights)).mean().backward();
            var state = norm.state_dict();
            return [.. new[]
            {
                y.detach(), own.grad!, norm.get_parameter("weight")!.grad!, norm.get_parameter("bias")!.grad!, state["running_mean"].clone(), state["running_var"].clone(),
                state["num_batches_tracked"].clone(),
            }.Select(t => t.DetachFromDisposeScope())];
        }
    }

    [Fact]
    public void Batch_normalisation_in_one_process_is_libtorchs_own_to_the_last_bit_and_has_its_state()
    {
        using var scope = NewDisposeScope();
        using var own = new SharedBatchNorm2d(3);
        using var libtorchs = nn.BatchNorm2d(3);
        Assert.Equal(libtorchs.state_dict().Select(s => (s.Key, s.Value.dtype, s.Value.ToString())), own.state_dict().Select(s => (s.Key, s.Value.dtype, s.Value.ToString())));
        for (var step = 0; step < 2; step++)
        {
            var x = randn(2, 3, 4, 5);
            Assert.True(libtorchs.forward(x).equal(own.forward(x)).all().item<bool>());
        }
        Assert.Equal(libtorchs.state_dict().Select(s => s.Value.ToString()), own.state_dict().Select(s => s.Value.ToString()));
        libtorchs.eval();
        own.eval();
        var y = randn(2, 3, 4, 5);
        Assert.True(libtorchs.forward(y).equal(own.forward(y)).all().item<bool>());
    }

    [Fact]
    public void Shared_steps_leave_no_tensor_behind()
    {
        var (few, many) = (Left(3), Left(23));
        Assert.True(many - few < 10, $"20 more steps leave {many - few} more tensors");

        static long Left(int steps)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var before = Tensor.TotalCount;
            ThreadGroup.Run(2, group =>
            {
                using var norm = new SharedBatchNorm2d(4);
                using var average = new GradientAverage(group, norm.parameters());
                for (var step = 0; step < steps; step++)
                {
                    using var scope = NewDisposeScope();
                    BatchDropout.Apply(norm.forward(randn(2, 4, 3, 3)), 0.5, training: true).square().mean().backward();
                    average.Apply();
                    foreach (var parameter in norm.parameters())
                        parameter.grad = null;
                }
                return true;
            });
            return Tensor.TotalCount - before;
        }
    }

    [Fact]
    public void Dropout_takes_from_a_part_what_it_takes_from_the_whole()
    {
        using var scope = NewDisposeScope();
        var x = randn(6, 7, 5);
        manual_seed(1);
        var whole = BatchDropout.Apply(x, 0.3, training: true);
        Assert.InRange((whole == 0).to(float32).mean().item<float>(), 0.15f, 0.45f);
        // A group that is asked for nothing but its numbers needs no other members.
        foreach (var part in ThreadGroup.Run(3, group => group))
        {
            using var current = ProcessGroup.Enter(part);
            manual_seed(1);
            Assert.True(part.Rows(whole).equal(BatchDropout.Apply(part.Rows(x), 0.3, training: true)).all().item<bool>());
            Assert.True(x.equal(BatchDropout.Apply(x, 0.3, training: false)).all().item<bool>());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Gradients_are_averaged_whatever_the_bucket_and_one_that_nobody_has_stays_none(long bucketSize)
    {
        using var scope = NewDisposeScope();
        var gradients = ThreadGroup.Run(2, group =>
        {
            using var inner = NewDisposeScope();
            Parameter[] parameters = [Of(2, 3), Of(4), Of(5), Of(1)];
            parameters[0].grad = full(2, 3, 1.0 + group.Rank);
            if (group.Rank == 1)
                parameters[1].grad = full(4, 3.0);
            parameters[3].grad = full(1, group.Rank == 0 ? float.NaN : 1);
            using var average = new GradientAverage(group, parameters, bucketSize);
            average.Apply();
            return (Means: parameters.Select(p => p.grad?.clone().DetachFromDisposeScope()).ToArray(), average.OwnWasFinite);
        });
        foreach (var (means, _) in gradients)
        {
            Assert.True(means[0]!.eq(1.5).all().item<bool>());
            Assert.True(means[1]!.eq(1.5).all().item<bool>());
            Assert.Null(means[2]);
            Assert.True(means[3]!.isnan().all().item<bool>());
        }
        Assert.Equal([false, true], gradients.Select(g => g.OwnWasFinite));

        static Parameter Of(params long[] shape) => new(zeros(shape));
    }

    static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(
            expected.allclose(actual.to(expected.dtype), 1e-4, 1e-5), $"differs by {(expected - actual).to(float64).abs().max().item<double>()} of {expected.to(float64).abs().max().item<double>()}");
}
